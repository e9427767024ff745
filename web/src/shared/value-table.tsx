import { type ReactElement, useState } from "react";
import { Value } from "./amounts.tsx";

/** Parameters or metrics by name. */
export function ValueTable({
  values,
  most = 200,
}: {
  readonly values: Readonly<Record<string, unknown>>;
  readonly most?: number;
}): ReactElement {
  const [all, setAll] = useState(false);
  const entries = Object.entries(values);
  const shown = all ? entries : entries.slice(0, most);
  return (
    <table className="values">
      <tbody>
        {shown.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className={typeof value === "number" ? "number" : "breaks"}>
              <Value value={value} />
            </td>
          </tr>
        ))}
        {shown.length < entries.length && (
          <tr>
            <td colSpan={2}>
              <button type="button" className="link small" onClick={() => setAll(true)}>
                {entries.length - shown.length} more
              </button>
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
