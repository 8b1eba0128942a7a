// The answer to the citizen: a template fills the field, and the preview shows what is read.
const GAP = "（您写的答复）";

for (const form of document.querySelectorAll("form[data-answer]")) {
  const answer = form.elements.namedItem("answer");
  const show = () => {
    for (const place of form.querySelectorAll("[data-preview]")) {
      place.textContent = place.dataset.preview.replace(GAP, () => answer.value || GAP);
    }
  };
  for (const button of form.querySelectorAll("[data-template]")) {
    button.addEventListener("click", () => {
      answer.value = button.dataset.template;
      answer.dispatchEvent(new Event("input", { bubbles: true }));
      const gap = answer.value.indexOf("＿＿");
      answer.focus();
      if (gap >= 0) answer.setSelectionRange(gap, gap + 2);
    });
  }
  answer.addEventListener("input", show);
  show();
}
// Photos that the server would refuse are refused before they are sent.
for (const files of document.querySelectorAll("input[type=file][data-most]")) {
  files.addEventListener("change", () => {
    const tooLarge = [...files.files].find((file) => file.size > Number(files.dataset.largest));
    const tooMany = files.files.length > Number(files.dataset.most);
    files.setCustomValidity(tooMany ? `最多 ${files.dataset.most} 张照片` : tooLarge ? "有照片超过十兆，请换一张" : "");
    files.reportValidity();
  });
}
document.querySelector("[data-refused]")?.scrollIntoView({ block: "center" });

// A thumbnail that cannot be made leaves the name of the attachment.
for (const image of document.querySelectorAll(".attachments img")) {
  const hide = () => { image.hidden = true; };
  image.addEventListener("error", hide);
  if (image.complete && !image.naturalWidth) hide();
}

// A draft whose command is not offered any more was accepted: it is not shown again after a reopening.
const drafts = new Set([...document.querySelectorAll("form[data-draft]")].map((form) => `draft ${location.pathname} ${form.dataset.draft}`));
for (const key of Object.keys(sessionStorage)) {
  const draft = key.replace(/^refused /, "draft ");
  if (draft.startsWith(`draft ${location.pathname} `) && !drafts.has(draft)) sessionStorage.removeItem(key);
}
