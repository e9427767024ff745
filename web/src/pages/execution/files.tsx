import { type ReactElement, useState } from "react";
import type { DatumView, ExecutionView } from "../../../../src/api/index.ts";
import { FileList, InputList } from "../../shared/file-lists.tsx";
import { FilePreview } from "../../shared/preview/file-preview.tsx";
import { kindOf } from "../../shared/preview/kind-of.ts";

/** So many outputs are shown with what is in them, at first. */
const SHOWN = 3;

/** The inputs and the outputs, with the content of the outputs. */
export function Files({ execution: { inputs, outputs } }: { readonly execution: ExecutionView }): ReactElement {
  const [most, setMost] = useState(SHOWN);
  const shown = outputs.filter(({ name }) => kindOf(name) !== "unknown");
  return (
    <div className="two">
      <div className="stack">
        {outputs.length > 0 && shown.length === 0 && (
          <p className="quiet small">None of its outputs is of a kind that can be shown here. Download them instead.</p>
        )}
        {shown.slice(0, most).map((file: DatumView) => (
          <section key={file.id} className="block">
            <h2 className="breaks">{file.name}</h2>
            <FilePreview file={file} />
          </section>
        ))}
        {shown.length > most && (
          <button type="button" className="link" onClick={() => setMost(most + 10)}>
            Show {Math.min(10, shown.length - most)} more outputs
          </button>
        )}
      </div>
      <div className="stack">
        <section className="block">
          <h2>Outputs</h2>
          <FileList files={outputs} none="It has made no files." />
        </section>
        <section className="block">
          <h2>Inputs</h2>
          <InputList files={inputs} />
        </section>
      </div>
    </div>
  );
}
