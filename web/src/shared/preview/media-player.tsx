import { type ReactElement, useState } from "react";
import { addressOf } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";
import type { PreviewProps } from "./file-preview.tsx";
import { kindOf } from "./kind-of.ts";

/** Sound or film; the browser fetches the parts that it plays. */
export function MediaPlayer({ file: { id, name } }: PreviewProps): ReactElement {
  const { ref } = useProject();
  const [hasFailed, setFailed] = useState(false);
  const source = addressOf("/api/v0/projects/:project/files/:file/media/", { params: { project: ref, file: id } });
  if (hasFailed)
    return <p className="quiet small">This browser cannot play the file. Download it and open it in a player.</p>;
  const given = {
    src: source,
    controls: true,
    preload: "metadata",
    title: name,
    onError: () => setFailed(true),
  } as const;
  return kindOf(name) === "audio" ? <audio {...given} className="player" /> : <video {...given} className="player" />;
}
