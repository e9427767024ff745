import { parentPort, workerData } from "node:worker_threads";

// The entry of a worker thread; line-pattern.ts starts it and alone speaks to it.
const pattern = new RegExp(String(workerData));
// The time that its start takes is not the pattern's.
parentPort?.postMessage("ready");
parentPort?.on("message", (texts: readonly string[]) =>
  parentPort?.postMessage(texts.map((text) => pattern.test(text))),
);
