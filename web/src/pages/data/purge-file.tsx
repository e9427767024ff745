import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import type { DatumView } from "../../../../src/api/index.ts";
import { call } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";
import { Confirmed } from "../../shared/confirmed.tsx";
import { Failed } from "../../shared/notices.tsx";

/** Takes the bytes of a file away; its record stays, and says so. */
export function PurgeFile({ file }: { readonly file: DatumView }): ReactElement | null {
  const { ref, mayWrite } = useProject();
  const client = useQueryClient();
  const [failure, setFailure] = useState<unknown>();
  if (!mayWrite || file.purgedAt !== undefined) return null;
  const purge = async (): Promise<void> => {
    try {
      await call("POST", "/api/v0/projects/:project/files/purge/", {
        params: { project: ref },
        body: { files: [file.id] },
      });
      await client.invalidateQueries({ predicate: ({ queryKey: [path] }) => String(path).includes("/files/") });
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <>
      {failure !== undefined && <Failed error={failure} />}
      <Confirmed word="Purge" question="Purge its bytes for good" onConfirm={() => void purge()} />
    </>
  );
}
