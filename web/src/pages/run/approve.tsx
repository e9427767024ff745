import { Button, TextInput } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { call } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";
import { Failed } from "../../shared/notices.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

/** The decision on a node that waits for a person. */
export function Approve({ run, node }: { readonly run: number; readonly node: string }): ReactElement {
  const { ref, mayWrite } = useProject();
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const decide = async (decision: "approved" | "rejected"): Promise<void> => {
    setBusy(true);
    try {
      await call("POST", "/api/v0/projects/:project/runs/:run/nodes/:node/approval/", {
        params: { project: ref, run, node },
        body: { decision, comment },
      });
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="failure approval">
      <StateMark state="approval" word={node} />
      <span>waits for approval before it begins.</span>
      {mayWrite && (
        <>
          <TextInput
            aria-label={`Comment on ${node}`}
            placeholder="comment"
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          <Button variant="filled" disabled={busy} onClick={() => void decide("approved")}>
            Approve
          </Button>
          <Button disabled={busy} onClick={() => void decide("rejected")}>
            Reject
          </Button>
        </>
      )}
      {failure !== undefined && <Failed error={failure} />}
    </div>
  );
}
