import type { ReactElement } from "react";

/** The lines of a unified diff. */
export function DiffText({ lines }: { readonly lines: readonly string[] }): ReactElement {
  return (
    <pre className="diff">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and never move
        <div key={index} className={line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : ""}>
          {line === "" ? " " : line}
        </div>
      ))}
    </pre>
  );
}
