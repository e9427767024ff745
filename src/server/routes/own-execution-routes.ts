import type { ExecutionHolder } from "../../access/index.ts";
import type { OWN_EXECUTION } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { inputFilesOf, setStatusDetail } from "../../services/index.ts";
import type { Handlers } from "../call.ts";
import type { ServerParts } from "../server-parts.ts";

const HOUR_MS = 3_600_000;
/** A status is a line or two. */
const LONGEST_STATUS = 1_000;

/** The questions and messages of a step about its own execution. */
export function ownExecutionRoutes(parts: ServerParts): Handlers<typeof OWN_EXECUTION> {
  const { access, database, now, publicUrl } = parts;
  const storeOf = ({ project }: ExecutionHolder) => database.project(project);
  return {
    setStatusDetail: async ({ caller, body }) => {
      const store = await storeOf(caller);
      // As it came: what is cut or joined may hold half of a secret, or one in another form.
      const text = statusOf(await parts.hideSecrets(store.project, String(body.status_detail ?? "")));
      await setStatusDetail(store, caller.id, { text, at: now() });
      return { status_detail: text };
    },
    ownInputs: async ({ caller, credential, query }) => {
      const found = await inputFilesOf(await storeOf(caller), caller.id, query.inputs);
      const until = now() + HOUR_MS;
      const urlOf = (file: string) => {
        const signature = access.executions.sign(credential, signedText(file, until));
        return `${publicUrl}/api/v0/input-files/${caller.id}/${file}/${until}/${signature}/`;
      };
      return [...found].map(([name, files]) => ({
        name,
        files: files.map(({ name: filename, datumId, uri }) => ({
          ...{ input_id: name, filename, url: urlOf(datumId), original_uri: uri },
          download_intent: "always" as const,
        })),
      }));
    },
    ownInputFile: async ({ params: { execution, file, until, signature }, gone }) => {
      const holder =
        Number(until) < now()
          ? undefined
          : await access.executions.signerOf(execution, signedText(file, Number(until)), signature);
      if (holder === undefined) throw shut();
      // The step has the key of the signature, and could sign for any file of its project.
      const inputs = await inputFilesOf(await storeOf(holder), holder.id, []);
      if (![...inputs.values()].flat().some(({ datumId }) => datumId === file)) throw shut();
      const project = await database.installation.findProject(holder.project);
      if (project === undefined) throw new Error(`the project ${holder.project} of an execution is not there`);
      const api = await parts.projects(project, { actor: `execution:${holder.id}`, signal: gone() });
      const { id, name, sizeBytes, sha256 } = await api.data.get(file);
      return { content: (range) => api.data.content(id, range), name, sizeBytes, sha256 };
    },
  };
}

function shut(): HeadraceError {
  return new HeadraceError("HR_FORBIDDEN", "this address does not open the file, or has ended", {
    hint: "ask for a new one; a step whose execution has ended gets none",
  });
}

function signedText(file: string, until: number): string {
  return `input-file ${file} ${until}`;
}

/** One line, as a table shows it. */
function statusOf(text: string): string {
  return text.replace(/\s+/gu, " ").trim().slice(0, LONGEST_STATUS);
}
