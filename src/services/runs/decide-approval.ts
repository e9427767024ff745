import type { ApprovalRequest, ApprovalView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Context } from "../context.ts";
import { findRun } from "../records/refs.ts";
import { isoTime } from "../records/view-of.ts";
import { hideInLabels } from "../variables/hidden-secrets.ts";

/** The longest comment, in characters. */
const LONGEST_COMMENT = 10_000;

/** Records a person's decision about a node that waits for it. The engine that drives the run is told. */
export async function decideApproval(
  { actor, now, project }: Context,
  ref: string,
  node: string,
  { decision, comment: given }: ApprovalRequest,
): Promise<ApprovalView> {
  if ([...given].length > LONGEST_COMMENT) {
    throw new HeadraceError("HR_USAGE", `the comment has more than ${LONGEST_COMMENT} characters`, {
      hint: "write what matters, and keep the rest in a note on the run",
    });
  }
  const store = await project.existingWriter();
  const run = await findRun(store, ref);
  const comment = await hideInLabels(project, given);
  const at = now();
  const { moment } = await store.approvals.decide(run.id, node, { decision, comment }, { actor, at });
  return { run: run.number, node, moment, decision, comment, actor, at: isoTime(at) };
}
