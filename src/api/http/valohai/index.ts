export { VALOHAI_DATA } from "./data.ts";
export { VALOHAI_EXECUTIONS } from "./executions.ts";
export { laterOf, VALOHAI_LATER } from "./later.ts";
export { VALOHAI_PIPELINES } from "./pipelines.ts";
export { VALOHAI_TASKS } from "./tasks.ts";
