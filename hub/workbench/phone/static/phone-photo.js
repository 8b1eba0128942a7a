// Photos are made small on the phone before they are kept or sent: long edge, bytes.
const EDGE = 1280;
const MOST_BYTES = 700_000;

/** Returns {name, blob, canvas}: the name is the hash of the bytes. Throws if it is no picture. */
export async function small(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  let edge = EDGE;
  for (;;) {
    const scale = Math.min(1, edge / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
    if (blob.size <= MOST_BYTES || edge < 320) {
      const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
      const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      return { name: `${hex}.jpg`, blob, canvas };
    }
    edge /= 1.5;
  }
}
