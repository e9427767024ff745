import { createHmac, timingSafeEqual } from "node:crypto";
import { type InstallationScope, statement } from "../store/sql.ts";
import { createCredential, hashCredential } from "./credential.ts";

const insertToken = statement<{ hash: string; executionId: string }>(`
  insert into execution_tokens (hash, execution_key) select :hash, key from executions where id = :executionId`);

/** There are about as many tokens as executions under way, since each new one clears those of ended executions away. */
const deleteEnded = statement<Record<string, never>>(`
  delete from execution_tokens
  where exists (select 1 from executions where key = execution_key and finished_at is not null)`);

const SELECT = `
  select hash, executions.id, projects.id as project
  from execution_tokens
  join executions on executions.key = execution_key
  join projects on projects.key = executions.project_key`;

interface HolderRow {
  readonly hash: string;
  readonly id: string;
  readonly project: string | null;
}

const selectHolder = statement<{ hash: string }, HolderRow>(`${SELECT} where hash = :hash and finished_at is null`);

const selectOfExecution = statement<{ executionId: string }, HolderRow>(
  `${SELECT} where executions.id = :executionId and finished_at is null`,
);

/** The user and the execution that the token of a step stands for. */
export interface ExecutionHolder {
  readonly id: string;
  /** Id of its project. */
  readonly project: string;
}

/** The tokens with which steps call the server (`api.json`). Each is worth nothing once its execution has ended. */
export interface ExecutionTokens {
  /** Returns the text of the token. */
  create(executionId: string): Promise<string>;
  holderOf(credential: string): Promise<ExecutionHolder | undefined>;
  /**
   * Signs a text in the name of the token's execution, for an address that is asked without headers. Nothing else can
   * be done with the signature.
   */
  sign(credential: string, text: string): string;
  /** The execution that has signed the text; undefined for a wrong signature and for an execution that has ended. */
  signerOf(executionId: string, text: string, signature: string): Promise<ExecutionHolder | undefined>;
}

export function executionTokens({ database, change }: InstallationScope): ExecutionTokens {
  return {
    create: (executionId) =>
      change(async ({ queries }) => {
        await queries.run(deleteEnded, {});
        const credential = createCredential("execution");
        await queries.run(insertToken, { hash: hashCredential(credential), executionId });
        return credential;
      }),
    holderOf: async (credential) => toHolder(await database.get(selectHolder, { hash: hashCredential(credential) })),
    sign: (credential, text) => signatureOf(hashCredential(credential), text).toString("base64url"),
    signerOf: async (executionId, text, signature) => {
      const given = Buffer.from(signature, "base64url");
      const rows = await database.all(selectOfExecution, { executionId });
      return toHolder(rows.find(({ hash }) => isSame(signatureOf(hash, text), given)));
    },
  };
}

function signatureOf(hash: string, text: string): Buffer {
  return createHmac("sha256", hash).update(text).digest();
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function toHolder(row: HolderRow | undefined): ExecutionHolder | undefined {
  return row === undefined || row.project === null ? undefined : { id: row.id, project: row.project };
}
