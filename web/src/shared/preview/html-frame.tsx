import type { ReactElement } from "react";
import { addressOf } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";
import type { PreviewProps } from "./file-preview.tsx";

/** A page that a step wrote, with its scripts: in an origin of its own, which reaches neither this page nor the API. */
export function HtmlFrame({ file }: PreviewProps): ReactElement {
  const { ref } = useProject();
  const source = addressOf("/api/v0/projects/:project/files/:file/page/", { params: { project: ref, file: file.id } });
  return <iframe src={source} title={file.name} sandbox="allow-scripts" className="html-frame" loading="lazy" />;
}
