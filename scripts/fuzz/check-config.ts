import { DIAGNOSTIC_CODES, type Diagnostic, formatDiagnostics, parseConfig } from "../../src/config/index.ts";

/** Says what is wrong with how a document was handled; `undefined` when all is well. */
export function configFault(source: string | Uint8Array): string | undefined {
  try {
    const { config, diagnostics } = parseConfig({ file: "fuzz.yaml", text: source });
    const hasErrors = diagnostics.some(({ severity }) => severity === "error");
    if (hasErrors === (config !== undefined))
      return hasErrors ? "errors, and yet a configuration" : "no errors, and no configuration";
    const fault = diagnostics.map(diagnosticFault).find((found) => found !== undefined) ?? orderFault(diagnostics);
    if (fault !== undefined) return fault;
    if (
      diagnostics.length > 0 &&
      formatDiagnostics(diagnostics, typeof source === "string" ? source : "", { color: false }) === ""
    )
      return "no text";
    return config !== undefined && JSON.stringify(config) === undefined
      ? "a configuration that is not JSON"
      : undefined;
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

function diagnosticFault({ code, message, line, column, length, path }: Diagnostic): string | undefined {
  if (!(code in DIAGNOSTIC_CODES)) return `unknown code ${code}`;
  if (message === "" || message.endsWith(".") || message.includes("undefined") || message.includes("[object"))
    return `bad message: ${message}`;
  if (!(line >= 1 && column >= 1 && length >= 1)) return `bad place ${line}:${column}+${length}`;
  return path === "" || path.startsWith("/") ? undefined : `bad pointer ${path}`;
}

function orderFault(diagnostics: readonly Diagnostic[]): string | undefined {
  const isSorted = diagnostics.every((found, index) => {
    const before = diagnostics[index - 1];
    return (
      before === undefined || before.line < found.line || (before.line === found.line && before.column <= found.column)
    );
  });
  return isSorted ? undefined : "diagnostics out of order";
}
