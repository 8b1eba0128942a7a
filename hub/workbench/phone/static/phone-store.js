// The database of the phone (IndexedDB): records and photos that wait, and the last known tasks.
let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("patrol", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("records", { keyPath: "record.id" });
      request.result.createObjectStore("data");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function change(store, mode, use) {
  const transaction = (await database()).transaction(store, mode);
  const request = use(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Each is {worker, record, photos: [{name, blob}], fault}. */
export const waiting = () => change("records", "readonly", (store) => store.getAll());
export const keep = (entry) => change("records", "readwrite", (store) => store.put(entry));
export const forget = (id) => change("records", "readwrite", (store) => store.delete(id));
export const tasks = () => change("data", "readonly", (store) => store.get("tasks"));
export const keepTasks = (data) => change("data", "readwrite", (store) => store.put(data, "tasks"));
export const forgetTasks = () => change("data", "readwrite", (store) => store.clear());
