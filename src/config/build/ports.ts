import type { ParameterValue, PipelineInput, PipelineOutput, PipelineOverride, Socket } from "../model.ts";
import type { Path } from "../report/problem.ts";
import type { PipelineSource, SubPipelineSource } from "../schema/pipeline.ts";
import { suggestionHint } from "../schema/suggest.ts";
import { parameterValue } from "./plain-value.ts";
import { builtList, filled, listed, present } from "./present.ts";
import type { Report } from "./report.ts";
import { parseSocket, SOCKET_TYPES } from "./socket.ts";
import { uniqueEntries } from "./unique.ts";

/** The places of the sockets that parameters, inputs and outputs of a pipeline name. */
export type TargetPaths = Map<Socket, Path>;

/** The inputs and outputs of a pipeline. A socket that cannot be read is reported and left out. */
export function buildPorts(
  source: PipelineSource,
  path: Path,
  paths: TargetPaths,
  report: Report,
): { readonly inputs: readonly PipelineInput[]; readonly outputs: readonly PipelineOutput[] } {
  const inputs = builtList(source.inputs, (input, index) => {
    const targets = targetsOf(input, [...path, "inputs", index], "input", paths, report);
    const uris = listed(input.default).filter((uri) => uri !== "");
    return present({
      name: input.name,
      targets,
      default: uris,
      description: filled(input.description),
    }) as PipelineInput;
  });
  const outputs = (source.outputs ?? []).flatMap((output, index): readonly PipelineOutput[] => {
    const place = [...path, "outputs", index, "source"];
    const socket = socketAt(output.source, place, "the source of an output is `node.output.PATTERN`", report);
    if (socket === undefined) return [];
    if (socket.type !== "output" && socket.type !== "metadata") {
      report(
        "unknown-edge-type",
        place,
        `a pipeline output is an \`output\` or the \`metadata\` of a node, not a \`${socket.type}\``,
      );
      return [];
    }
    paths.set(socket, place);
    return [present({ name: output.name, source: socket, description: filled(output.description) }) as PipelineOutput];
  });
  return {
    inputs: uniqueEntries("pipeline inputs", inputs, [...path, "inputs"], report),
    outputs: uniqueEntries("pipeline outputs", outputs, [...path, "outputs"], report),
  };
}

/** The defaults that a node sets for the pipeline that it runs. */
export function buildPipelineOverride(
  source: SubPipelineSource["override"],
  path: Path,
  report: Report,
): PipelineOverride | undefined {
  if (source === undefined) return undefined;
  const inputs = builtList(source.inputs, ({ name, default: uris }) => ({ name, default: listed(uris) }));
  const parameters = builtList(source.parameters, ({ name, default: written }, index) => {
    const value = written === undefined || written === null ? undefined : parameterValue(written);
    if (written !== undefined && written !== null && value === undefined)
      report(
        "default-not-valid",
        [...path, "parameters", index, "default"],
        `the default of \`${name}\` has to be one value or a list of values; this one is ignored`,
      );
    return present({ name, default: value }) as { readonly name: string; readonly default?: ParameterValue };
  });
  return {
    inputs: uniqueEntries("inputs", inputs, [...path, "inputs"], report),
    parameters: uniqueEntries("parameters", parameters, [...path, "parameters"], report),
  };
}

/** Reads a socket; `form` says in a message how one is written. */
export function socketAt(text: string, path: Path, form: string, report: Report): Socket | undefined {
  const result = parseSocket(text);
  if ("socket" in result) return result.socket;
  if ("parts" in result) {
    report(
      "wrong-socket",
      path,
      `${form}, such as \`train.output.model.pkl\`; \`${text}\` has ${result.parts} of the 3 parts`,
    );
  } else {
    report("unknown-edge-type", path, `there is no edge type \`${result.unknownType}\``, {
      hint: () => suggestionHint(result.unknownType, SOCKET_TYPES, "edge types"),
    });
  }
  return undefined;
}

interface Targeted {
  readonly target?: string | undefined;
  readonly targets?: string | string[] | undefined;
}

/** The sockets to which a pipeline parameter or input goes. */
export function targetsOf(
  source: Targeted,
  path: Path,
  type: "parameter" | "input",
  paths: TargetPaths,
  report: Report,
): readonly Socket[] {
  const read = (text: string, place: Path): readonly Socket[] => {
    const socket = readTarget(text, place, type, report);
    if (socket !== undefined) paths.set(socket, place);
    return socket === undefined ? [] : [socket];
  };
  if (source.target !== undefined) return read(source.target, [...path, "target"]);
  const isList = Array.isArray(source.targets);
  return listed(source.targets).flatMap((target, index) =>
    target === "" && !isList ? [] : read(target, isList ? [...path, "targets", index] : [...path, "targets"]),
  );
}

/** Valohai only asks that the type begin with “parameter”. */
function readTarget(text: string, path: Path, wanted: "parameter" | "input", report: Report): Socket | undefined {
  const [node = "", type, ...rest] = text.split(".");
  if (type === undefined || rest.length === 0) {
    report(
      "wrong-socket",
      path,
      `a target is \`node.${wanted}.name\`; \`${text}\` has ${type === undefined ? 1 : 2} of the 3 parts`,
    );
    return undefined;
  }
  if (wanted === "parameter" ? !type.startsWith(wanted) : type !== "input" && type !== "inputs") {
    report("unknown-edge-type", path, `a pipeline ${wanted} goes to \`node.${wanted}.name\`, not to a \`${type}\``);
    return undefined;
  }
  return { node, type: wanted, key: rest.join(".") };
}
