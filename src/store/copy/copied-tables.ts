/**
 * Describes how one table of a project is copied. A new column or table must be added here: a test compares this list
 * with the schema. Tables stand in the order in which rows may refer to each other.
 */
export interface CopiedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns that identify a row within the project and never repeat; pages are read in their order. */
  readonly order: readonly string[];
  /** The SQL condition that limits the rows to one project. */
  readonly scope: string;
  /** Columns whose integers are keys of the named table, and mean something else in another database. */
  readonly keys: Readonly<Record<string, KeyedTable | "projects">>;
}

/** Tables that are not copied: they belong to the installation, or say who works on it now. */
export const TABLES_OF_INSTALLATION: readonly string[] = [
  ...["projects", "schema_migrations", "engines", "engine_processes", "files_place"],
  ...["users", "user_identities", "teams", "team_members", "project_members"],
  ...["api_tokens", "sessions", "execution_tokens", "login_failures"],
  ...["log_followers", "log_parts", "kept_answers", "download_links"],
  ...["code_repositories", "code_refs", "code_commits", "waiting_plans"],
];

/** Tables with generated keys. */
export const KEYED_TABLES = {
  runs: "key",
  executions: "key",
  datums: "key",
  dataset_layers: "key",
  events: "id",
  audit: "id",
} as const;
export type KeyedTable = keyof typeof KEYED_TABLES;

const OF_PROJECT = "project_key = :project";
const OF_RUNS = "run_key in (select key from runs where project_key = :project)";
const OF_EXECUTIONS = "execution_key in (select key from executions where project_key = :project)";
const OF_DATASETS = "dataset_id in (select id from datasets where project_key = :project)";
const OF_MODELS = "model_id in (select id from models where project_key = :project)";
const OF_MODEL_VERSIONS = `version_id in (select id from model_versions where ${OF_MODELS})`;

export const COPIED_TABLES: readonly CopiedTable[] = [
  {
    name: "runs",
    columns: words(
      `key id project_key number kind name state reason title tags parameters commit_id jobs created_at started_at finished_at
       stop_requested_at pool owner fence note actor stop_actor tags_v parameters_v
       warnings warnings_v promised_id promised_number traceparent plan_parts
       plan_parts_v`,
    ),
    order: ["key"],
    scope: OF_PROJECT,
    keys: { key: "runs", project_key: "projects" },
  },
  {
    name: "run_tags",
    columns: words("project_key tag state number name run_key"),
    order: ["run_key", "tag"],
    scope: OF_PROJECT,
    keys: { project_key: "projects", run_key: "runs" },
  },
  {
    name: "run_commits",
    columns: words("run_key commit_id"),
    order: ["run_key", "commit_id"],
    scope: OF_RUNS,
    keys: { run_key: "runs" },
  },
  {
    name: "planned_steps",
    columns: words("run_key position step v"),
    order: ["run_key", "position"],
    scope: OF_RUNS,
    keys: { run_key: "runs" },
  },
  {
    name: "planned_nodes",
    columns: words("run_key position step_position node v"),
    order: ["run_key", "position"],
    scope: OF_RUNS,
    keys: { run_key: "runs" },
  },
  {
    name: "executions",
    columns: words(
      `key id project_key number run_key node step state reason commit_id image environment status_detail exit_code signal metadata
       created_at queued_at started_at finished_at stop_requested_at fence owner
       attempt environment_name stop_reason stop_actor environment_v metadata_v
       warnings warnings_v log_waits trial`,
    ),
    order: ["key"],
    scope: OF_PROJECT,
    keys: { key: "executions", project_key: "projects", run_key: "runs" },
  },
  {
    name: "execution_specs",
    columns: words("execution_key command parameters inputs environment_variables v"),
    order: ["execution_key"],
    scope: OF_EXECUTIONS,
    keys: { execution_key: "executions" },
  },
  {
    name: "kept_logs",
    columns: words("execution_key project_key sha256 size_bytes discarded_at"),
    order: ["execution_key"],
    scope: OF_PROJECT,
    keys: { execution_key: "executions", project_key: "projects" },
  },
  {
    name: "execution_values",
    columns: words("execution_key origin name project_key number hidden value text"),
    order: ["execution_key", "origin", "name"],
    scope: OF_PROJECT,
    keys: { execution_key: "executions", project_key: "projects" },
  },
  {
    name: "nodes",
    columns: words(
      "run_key name position state reason reused decision decision_v waiting_for waiting_for_v more_trials best_key stop_requested_at",
    ),
    order: ["run_key", "name"],
    scope: OF_RUNS,
    keys: { run_key: "runs", best_key: "executions" },
  },
  {
    name: "node_executions",
    columns: words("run_key node ordinal role execution_key trial pruned retry_at decision decision_v file file_v"),
    order: ["run_key", "node", "ordinal"],
    scope: OF_RUNS,
    keys: { run_key: "runs", execution_key: "executions" },
  },
  {
    name: "approvals",
    columns: words("run_key node moment requested_at timeout_at timeout_decision decision decided_at actor comment"),
    order: ["run_key", "node", "moment"],
    scope: OF_RUNS,
    keys: { run_key: "runs" },
  },
  {
    name: "fingerprints",
    columns: words("execution_key project_key step node base code v"),
    order: ["execution_key"],
    scope: OF_PROJECT,
    keys: { execution_key: "executions", project_key: "projects" },
  },
  {
    name: "datums",
    columns: words(
      "key id project_key execution_key name size_bytes sha256 uri properties created_at properties_v purged_at",
    ),
    order: ["key"],
    scope: OF_PROJECT,
    keys: { key: "datums", project_key: "projects", execution_key: "executions" },
  },
  {
    name: "aliases",
    columns: words("project_key kind owner name target moves moved_at"),
    order: ["kind", "owner", "name"],
    scope: OF_PROJECT,
    keys: { project_key: "projects" },
  },
  {
    name: "alias_moves",
    columns: words("project_key kind owner name ordinal target at actor comment execution_id"),
    order: ["kind", "owner", "name", "ordinal"],
    scope: OF_PROJECT,
    keys: { project_key: "projects" },
  },
  {
    name: "datasets",
    columns: words("id project_key name next_number actor created_at"),
    order: ["id"],
    scope: OF_PROJECT,
    keys: { project_key: "projects" },
  },
  {
    name: "dataset_versions",
    columns: words(
      "id dataset_id number name parent_id file_count size_bytes execution_key actor note created_at deleted_at",
    ),
    order: ["id"],
    scope: OF_DATASETS,
    keys: { execution_key: "executions" },
  },
  {
    name: "dataset_layers",
    columns: words("key project_key entry_count"),
    order: ["key"],
    scope: OF_PROJECT,
    keys: { key: "dataset_layers", project_key: "projects" },
  },
  {
    name: "dataset_version_layers",
    columns: words("version_id position layer_key"),
    order: ["version_id", "position"],
    scope: `version_id in (select id from dataset_versions where ${OF_DATASETS})`,
    keys: { layer_key: "dataset_layers" },
  },
  {
    name: "dataset_entries",
    columns: words("layer_key name datum_key"),
    order: ["layer_key", "name"],
    scope: "layer_key in (select key from dataset_layers where project_key = :project)",
    keys: { layer_key: "dataset_layers", datum_key: "datums" },
  },
  {
    name: "models",
    columns: words("id project_key name description next_number actor created_at"),
    order: ["id"],
    scope: OF_PROJECT,
    keys: { project_key: "projects" },
  },
  {
    name: "model_versions",
    columns: words(
      "id model_id number state decisions file_count size_bytes execution_key actor note created_at v facts",
    ),
    order: ["id"],
    scope: OF_MODELS,
    keys: { execution_key: "executions" },
  },
  {
    name: "model_version_tags",
    columns: words("version_id tag"),
    order: ["version_id", "tag"],
    scope: OF_MODEL_VERSIONS,
    keys: {},
  },
  {
    name: "model_version_files",
    columns: words("version_id name datum_key"),
    order: ["version_id", "name"],
    scope: OF_MODEL_VERSIONS,
    keys: { datum_key: "datums" },
  },
  {
    name: "model_decisions",
    columns: words("version_id ordinal state at actor reason v evidence"),
    order: ["version_id", "ordinal"],
    scope: OF_MODEL_VERSIONS,
    keys: {},
  },
  {
    name: "input_files",
    columns: words("execution_key position input name uri datum_id sha256 size_bytes"),
    order: ["execution_key", "position"],
    scope: OF_EXECUTIONS,
    keys: { execution_key: "executions" },
  },
  {
    name: "metadata_points",
    columns: words("execution_key log_offset at point v"),
    order: ["execution_key", "log_offset"],
    scope: OF_EXECUTIONS,
    keys: { execution_key: "executions" },
  },
  {
    name: "saved_views",
    columns: words("project_key owner name search is_shared saved_at"),
    order: ["owner", "name"],
    scope: OF_PROJECT,
    keys: { project_key: "projects" },
  },
  {
    name: "step_checks",
    columns: words("execution_key v body"),
    order: ["execution_key"],
    scope: OF_EXECUTIONS,
    keys: { execution_key: "executions" },
  },
  {
    name: "machine_use",
    columns: words("execution_key v body"),
    order: ["execution_key"],
    scope: OF_EXECUTIONS,
    keys: { execution_key: "executions" },
  },
  {
    name: "events",
    columns: words("id project_key run_key at actor kind subject_kind subject_id v body"),
    order: ["id"],
    scope: OF_PROJECT,
    keys: { id: "events", project_key: "projects", run_key: "runs" },
  },
  {
    name: "audit",
    columns: words("id project_id at actor action subject_kind subject_id v detail address via agent request_id"),
    order: ["id"],
    scope: "project_id = (select id from projects where key = :project)",
    keys: { id: "audit" },
  },
  {
    name: "snapshots",
    columns: words("project_key identifier manifest_sha256 file_count size_bytes git created_at v"),
    order: ["identifier"],
    scope: OF_PROJECT,
    keys: { project_key: "projects" },
  },
  {
    name: "variable_groups",
    columns: words("id project_key name created_at"),
    order: ["id"],
    scope: OF_PROJECT,
    keys: { project_key: "projects" },
  },
  {
    name: "variables",
    columns: words("group_id name value is_secret set_at"),
    order: ["group_id", "name"],
    scope: "group_id in (select id from variable_groups where project_key = :project)",
    keys: {},
  },
];

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
