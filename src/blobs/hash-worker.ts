import { parentPort } from "node:worker_threads";
import { answerJob, type JobMessage } from "./file-jobs.ts";

// The entry of a worker thread; file-workers.ts starts it and alone speaks to it.
parentPort?.on("message", (message: JobMessage) => parentPort?.postMessage(answerJob(message)));
