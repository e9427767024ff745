/** A project whose run is killed, and what an undisturbed run of it comes to. */
export interface Scenario {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /**
   * Files that are others at first: with them the project is run undisturbed before, so that the run that is killed
   * finds results to use.
   */
  readonly before?: Readonly<Record<string, string>>;
  /** State of the run and of each node. */
  readonly expected: Readonly<Record<string, string>>;
  /**
   * Nodes that are stopped at a moment that cannot be told: their state and reason count, and that the record fits the
   * log.
   */
  readonly cutShort: readonly string[];
  /** The answers of a person to the nodes that ask; `approve` for those that do not stand here. Absent: none asks. */
  readonly answers?: Readonly<Record<string, "approve" | "reject">>;
  /** About how long it runs; kills at random times fall into it. */
  readonly durationMs: number;
}

/**
 * Each step says that it starts, by a file outside its sandbox: a second process of the same execution would leave a
 * second file.
 */
const BEGIN = `set -e
mktemp "$XDG_CACHE_HOME/starts/$HEADRACE_EXECUTION_ID.XXXXXX" >/dev/null
out=$VH_OUTPUTS_DIR; in=$VH_INPUTS_DIR
`;

const SCRIPTS: Readonly<Record<string, string>> = {
  first: `echo base > $out/base.txt; mkdir $out/dir
for n in 1 2 3 4; do echo "part $n" > $out/dir/part-$n.txt; done
head -c 3000000 /dev/zero > $out/large.bin
echo '{"parts": 4}'`,
  double: `cat $in/from/base.txt $in/from/base.txt > $out/double.txt; echo doubled`,
  third: `cat $in/from/double.txt; wc -c < $in/large/large.bin; echo '{"last": true}'`,
  fan: `cat $in/from/part-*.txt > $out/fan-$1.txt; echo "fan $1" >> $out/fan-$1.txt; echo "{\\"n\\": $1}"`,
  join: `cat $in/all/fan-*.txt | tee $out/joined.txt`,
  bad: `echo partial > $out/partial.txt; echo going wrong >&2; exit 3`,
  look: `cat $in/from/partial.txt`,
  // awk does not flush by itself: the log comes in large pieces, with lines cut in the middle.
  flood: `awk 'BEGIN { for (i = 1; i <= 100000; i++) { print "line " i; if (i % 5000 == 0) print "{\\"seen\\": " i "}" } }'
awk 'BEGIN { for (i = 1; i <= 20000; i++) print "warning " i }' >&2`,
  metrics: `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do printf '{"i": %s, ' $i; sleep 0.03; echo '"loss": 0.5}'; done`,
  // With the pause a file is seen to be finished also where no engine saw it come.
  live: `for version in 1 2; do
  echo "version $version" > $out/model.txt; sleep 0.1; chmod 444 $out/model.txt
  while [ -e $out/model.txt ]; do sleep 0.05; done
  echo "{\\"version\\": $version}"
done
echo last > $out/final.txt; 
echo '{"quality": "good", "valohai.alias": "newest", "valohai.dataset-versions": ["dataset://models"]}' > $out/final.txt.metadata.json`,
  forker: `sleep 600 & setsid sleep 600 &
echo forked`,
  // Waits without a child: a shell whose child is killed a moment before itself would say so in the log.
  stubborn: `trap '' INT TERM; echo try me; mkfifo never; read nothing <never`,
  until: `n=0; while :; do n=$((n + 1)); echo "{\\"n\\": $n}"; sleep 0.05; done`,
  impossible: `echo never`,
  sleeper: `touch $XDG_CACHE_HOME/sleeping; exec sleep 600`,
  // Every other time it fails, over all runs of its project.
  flaky: `tries=$(cat $XDG_CACHE_HOME/tries 2>/dev/null || echo 0); echo $((tries + 1)) >$XDG_CACHE_HOME/tries
echo "{\\"tries\\": $tries}"; echo "try $tries" > $out/base.txt; exit $((1 - tries % 2))`,
  trial: `echo "trial $1" > $out/trial.txt; [ $1 = 3 ] && exit 3; echo "{\\"score\\": $1}"`,
  table: `printf "n,word\\n1,a\\n2,b\\n3,c\\n" > $out/table.csv; echo "{\\"score\\": 0.8}"`,
  // The second of them fails when they run for the first time; the others wait to be stopped.
  member: `attempt=$(sed -n 's/.*"group_name".*-\\([0-9]*\\)".*/\\1/p' $VH_CONFIG_DIR/distributed.json)
[ "$attempt" = 2 ] || [ "$RANK" != 1 ] || exit 3
[ "$attempt" = 2 ] || exec sleep 600
echo "member $RANK of $WORLD_SIZE" > $out/each.txt; echo "{\\"rank\\": $RANK}"`,
  value: `echo "value $1" > $out/each.txt`,
  each: `cat $in/from/trial.txt > $out/each.txt; read word n < $in/from/trial.txt; echo "{\\"of\\": $n}"`,
  gathered: `cat $in/all/each*.txt > $out/gathered.txt; echo "{\\"all\\": \\"$*\\"}"`,
  picked: `cat $in/from/trial.txt; cat $in/all/trial*.txt | sort > $out/all.txt; echo "{\\"n\\": $1}"`,
  breaker: `while ! [ -e $XDG_CACHE_HOME/sleeping ]; do sleep 0.05; done; echo '{"enough": 7}'; exit $1`,
};

interface StepOptions {
  readonly inputs?: readonly string[];
  readonly extra?: string;
  readonly argument?: string;
}

function step(name: string, { inputs = [], extra = "", argument = "" }: StepOptions = {}): string {
  const places = inputs.map((input) => `{ name: ${input}, keep-directories: none }`).join(", ");
  return `- step: { name: ${name}, image: "", command: 'exec sh run.sh ${name} ${argument}', inputs: [${places}]${extra} }\n`;
}

function node(name: string, stepName = name, extra = ""): string {
  return `      - { name: ${name}, step: ${stepName}, type: execution${extra} }\n`;
}

function project(yaml: string): Readonly<Record<string, string>> {
  const scripts = Object.entries(SCRIPTS).map(([name, text]) => [`${name}.sh`, `${BEGIN}${text}\n`] as const);
  return { "valohai.yaml": yaml, "run.sh": `script=$1; shift; . ./$script.sh\n`, ...Object.fromEntries(scripts) };
}

const FANS = [1, 2, 3, 4];
const TOLERATED = ", on-error: continue";
const ALONE = ", on-error: stop-next";

/**
 * Chains, a fan-out, failures of each kind, a large log, metadata, live outputs, versions of datasets, processes left
 * behind, a deaf step.
 */
const MIXED: Scenario = {
  name: "mixed",
  files: project(
    [
      step("first", { extra: ', outputs: [{ name: "dir/*", dataset: parts }]' }),
      step("double", { inputs: ["from"] }),
      step("third", { inputs: ["from", "large"] }),
      ...FANS.map((n) => step("fan", { inputs: ["from"], argument: String(n) }).replace("name: fan", `name: fan-${n}`)),
      step("join", { inputs: ["all"], extra: ", outputs: [{ name: joined.txt, model: joined }]" }),
      step("bad"),
      step("look", { inputs: ["from"] }),
      step("flood"),
      step("metrics"),
      step("live"),
      step("forker"),
      step("stubborn", { extra: ", time-limit: 2s" }),
      step("until", { extra: ", stop-condition: n >= 4" }),
      step("impossible", { extra: ", parameters: [{ name: p, type: integer }]" }),
      "- pipeline:\n    name: mixed\n    nodes:\n",
      ...["first", "double", "third", "join", "flood", "metrics", "live", "forker", "until"].map((name) => node(name)),
      ...FANS.map((n) => node(`fan-${n}`)),
      node("bad", "bad", ALONE),
      node("after-bad", "double", ALONE),
      node("after-after-bad", "third", ALONE),
      node("tolerated", "bad", TOLERATED),
      node("after-tolerated", "look"),
      node("stubborn", "stubborn", TOLERATED),
      node("impossible", "impossible", TOLERATED),
      "    edges:\n",
      "      - [first.output.base.txt, double.input.from]\n",
      "      - [double.output.double.txt, third.input.from]\n      - [first.output.large.bin, third.input.large]\n",
      ...FANS.map(
        (n) => `      - [first.output.dir/*, fan-${n}.input.from]\n      - [fan-${n}.output.*, join.input.all]\n`,
      ),
      "      - [bad.output.*, after-bad.input.from]\n",
      "      - [after-bad.output.*, after-after-bad.input.from]\n      - [first.output.large.bin, after-after-bad.input.large]\n",
      "      - [first.metadata.nothing, impossible.parameter.p]\n",
      "      - [tolerated.output.*, after-tolerated.input.from]\n",
    ].join(""),
  ),
  expected: {
    run: "error",
    ...Object.fromEntries(
      ["first", "double", "third", "join", "flood", "metrics", "live", "forker", "until"].map((n) => [n, "complete"]),
    ),
    ...Object.fromEntries(FANS.map((n) => [`fan-${n}`, "complete"])),
    bad: "error",
    "after-bad": "skipped",
    "after-after-bad": "skipped",
    tolerated: "error",
    "after-tolerated": "complete",
    stubborn: "error",
    impossible: "error",
  },
  cutShort: ["until"],
  durationMs: 4000,
};

/** The code of a step is said to be its own script: a shell is not seen through, and the whole project would count. */
function reusable(name: string, options: StepOptions = {}): string {
  return step(name, { ...options, extra: `, reuse: { code: [run.sh, ${name}.sh] }` });
}

/**
 * Results of an earlier run, used before anything has run and again behind a step that ran and made the same; and a
 * step that is tried again.
 */
const AGAIN: Scenario = {
  name: "again",
  files: project(
    [
      ...[
        reusable("first"),
        reusable("double", { inputs: ["from"] }),
        reusable("third", { inputs: ["from", "large"] }),
      ],
      ...[reusable("metrics"), reusable("fan", { inputs: ["from"], argument: "1" })],
      step("flaky", { extra: ", reuse: { enabled: false }, retry: { limit: 1, backoff: 1 }" }),
      step("look", { inputs: ["from"] })
        .replaceAll("name: look", "name: after-flaky")
        .replace("run.sh look", "run.sh double"),
      "- pipeline:\n    name: again\n    nodes:\n",
      ...["first", "double", "third", "metrics", "fan", "flaky", "after-flaky"].map((name) => node(name)),
      "    edges:\n",
      "      - [first.output.base.txt, double.input.from]\n      - [double.output.double.txt, third.input.from]\n",
      "      - [first.output.large.bin, third.input.large]\n      - [first.output.dir/*, fan.input.from]\n",
      "      - [flaky.output.base.txt, after-flaky.input.from]\n",
    ].join(""),
  ),
  before: { "double.sh": `${BEGIN}# Later a comment goes, and the output stays.\n${SCRIPTS.double}\n` },
  expected: Object.fromEntries(
    ["run", "first", "double", "third", "metrics", "fan", "flaky", "after-flaky"].map((name) => [name, "complete"]),
  ),
  cutShort: [],
  durationMs: 2000,
};

function halting(name: string, breaker: string, exitCode: number, state: string): Scenario {
  return {
    name,
    files: project(
      [
        step("sleeper"),
        step("breaker", { argument: String(exitCode) }),
        step("double", { inputs: ["from"] }),
        step("join", { inputs: ["all"] }),
        `- pipeline:\n    name: ${name}\n    nodes:\n`,
        node("sleeper", "sleeper"),
        node("breaker", "breaker", breaker),
        node("after-sleeper", "double"),
        node("after-both", "join"),
        "    edges:\n      - [sleeper.output.*, after-sleeper.input.from]\n",
        "      - [after-sleeper.output.*, after-both.input.all]\n      - [breaker.output.*, after-both.input.all]\n",
      ].join(""),
    ),
    expected: {
      run: state,
      sleeper: "stopped",
      breaker: exitCode === 0 ? "complete" : "error",
      "after-sleeper": "skipped",
      "after-both": "skipped",
    },
    cutShort: ["sleeper"],
    durationMs: 1200,
  };
}

const ASKS = (when: string): string => `, actions: [{ when: ${when}, then: require-approval }]`;

/** People are asked before a node, behind one, behind one that fails, and refuse two. */
const ASKING: Scenario = {
  name: "asking",
  files: project(
    [
      step("first"),
      step("double", { inputs: ["from"] }),
      step("third", { inputs: ["from", "large"] }),
      step("fan", { inputs: ["from"], argument: "1" }),
      step("bad"),
      step("look", { inputs: ["from"] }),
      "- pipeline:\n    name: asking\n    nodes:\n",
      node("first", "first", ASKS("node-complete")),
      node("double", "double", ASKS("node-starting")),
      node("third", "third", ASKS("[node-starting, node-complete]")),
      node("fan", "fan", ASKS("node-starting")),
      node("bad", "bad", `${TOLERATED}${ASKS("node-error")}`),
      node("look", "look", ASKS("node-complete")),
      node("after-look", "first"),
      "    edges:\n",
      "      - [first.output.base.txt, double.input.from]\n      - [first.output.dir/*, fan.input.from]\n",
      "      - [double.output.double.txt, third.input.from]\n      - [first.output.large.bin, third.input.large]\n",
      "      - [bad.output.*, look.input.from]\n      - [look.dependency.x, after-look.dependency.x]\n",
    ].join(""),
  ),
  expected: {
    run: "stopped",
    ...{ first: "complete", double: "complete", third: "complete", fan: "skipped" },
    ...{ bad: "error", look: "complete", "after-look": "skipped" },
  },
  answers: { fan: "reject", look: "reject" },
  cutShort: [],
  durationMs: 3500,
};

const TRIAL = ", parameters: [{ name: n, type: integer }]";

function task(name: string, stepName: string, extra: string): string {
  return `- task: { name: ${name}, step: ${stepName}, goal: 'max:score', ${extra} }\n`;
}

/**
 * Tasks whose trials run, fail, or are those of an earlier run; what follows takes the best, or all, or runs once for
 * each of their files or values, one of them within a pipeline of its own.
 */
const SWEEPS: Scenario = {
  name: "sweeps",
  files: project(
    [
      reusable("trial", { argument: "{parameter-value:n}" }).replace("reuse:", `${TRIAL.slice(2)}, reuse:`),
      step("picked", { inputs: ["from", "all"], argument: "{parameter-value:n}", extra: TRIAL }),
      step("each", { inputs: ["from"] }),
      reusable("value", { argument: "{parameter-value:n}" }).replace("reuse:", `${TRIAL.slice(2)}, reuse:`),
      step("gathered", {
        inputs: ["all"],
        argument: "{parameter-value:n}",
        extra: ", parameters: [{ name: n, type: integer, multiple: separate }]",
      }),
      task("listed", "trial", "parameters: [{ name: n, style: multiple, rules: { items: [1, 2, 3, 4] } }]"),
      task(
        "drawn",
        "trial",
        "type: random_search, execution-count: 5, reuse-children: false, parameters: [{ name: n, style: linear, rules: { start: 10, end: 99, step: 1 } }]",
      ),
      "- pipeline:\n    name: within\n    inputs: [{ name: from, target: each.input.from }]\n",
      "    outputs: [{ name: all, source: each.output.* }, { name: of, source: each.metadata.of }]\n",
      "    nodes: [{ name: each, step: each, type: task, for-each: from }]\n    edges: []\n",
      "- pipeline:\n    name: sweeps\n    nodes:\n",
      ...["listed", "drawn"].map((name) => `      - { name: ${name}, task: ${name}, type: task }\n`),
      "      - { name: inner, type: pipeline, pipeline: within }\n",
      "      - { name: values, step: value, type: task, for-each: n }\n",
      ...["picked", "gathered"].map((name) => node(name)),
      "    edges:\n",
      "      - [drawn.output.*, inner.input.from]\n      - [listed.metadata.score, values.parameter.n]\n",
      "      - [inner.output.all, gathered.input.all]\n      - [inner.metadata.of, gathered.parameter.n]\n",
      "      - [values.output.*, gathered.input.all]\n",
      "      - [listed.best.output.trial.txt, picked.input.from]\n      - [drawn.output.*, picked.input.all]\n",
      "      - [drawn.best.parameter.n, picked.parameter.n]\n",
    ].join(""),
  ),
  before: {},
  expected: {
    run: "complete",
    listed: "complete",
    drawn: "complete",
    picked: "complete",
    "inner.each": "complete",
    values: "complete",
    gathered: "complete",
  },
  cutShort: [],
  durationMs: 3000,
};

/** Members that run together, all of them again where one has failed, and what they made. */
const TOGETHER: Scenario = {
  name: "together",
  files: project(
    [
      step("member", { extra: ", retry: { limit: 2, backoff: 1 }" }),
      step("gathered", {
        inputs: ["all"],
        argument: "{parameter-value:n}",
        extra: ", parameters: [{ name: n, type: integer, multiple: separate }]",
      }),
      "- task: { name: members, step: member, type: distributed, execution-count: 3, parameters: [] }\n",
      "- pipeline:\n    name: together\n    nodes:\n",
      "      - { name: members, task: members, type: task }\n",
      node("gathered"),
      "    edges:\n",
      "      - [members.output.*, gathered.input.all]\n      - [members.metadata.rank, gathered.parameter.n]\n",
    ].join(""),
  ),
  expected: { run: "complete", members: "complete", gathered: "complete" },
  cutShort: [],
  durationMs: 4000,
};

/** The text of a list of checks, on one line. */
function checked(...checks: readonly string[]): string {
  return `, checks: [${checks.join(", ")}]`;
}

/** Steps whose inputs and outputs are checked: all is well, inputs are refused, outputs are not as expected. */
const CHECKED: Scenario = {
  name: "checked",
  files: project(
    [
      step("table", {
        extra: checked(
          "{ output: '*.csv', rows: 3, columns: { n: { unique: true } } }",
          "{ output: '*.csv', rows: { min: 4 }, on-fail: warn }",
          "{ metadata: { score: { min: 0.7 } } }",
        ),
      }),
      step("look-at", {
        inputs: ["from"],
        extra: checked("{ input: from, rows: 3, columns: { word: { in: [a, b, c] } } }"),
      }).replace("run.sh look-at", "run.sh table"),
      step("refused", {
        inputs: ["from"],
        extra: checked("{ input: from, columns: { word: { in: [a, b] } } }"),
      }).replace("run.sh refused", "run.sh table"),
      step("wrong", { extra: checked("{ output: table.csv, rows: { min: 4 } }") }).replace(
        "run.sh wrong",
        "run.sh table",
      ),
      step("after-wrong", { inputs: ["from"] }).replace("run.sh after-wrong", "run.sh table"),
      "- pipeline:\n    name: checked\n    nodes:\n",
      ...["table", "look-at", "after-wrong"].map((name) => node(name)),
      ...["refused", "wrong"].map((name) => node(name, name, ALONE)),
      "    edges:\n      - [table.output.*, look-at.input.from]\n      - [table.output.*, refused.input.from]\n",
      "      - [wrong.output.*, after-wrong.input.from]\n",
    ].join(""),
  ),
  expected: {
    run: "error",
    ...{ table: "complete", "look-at": "complete", refused: "error", wrong: "error", "after-wrong": "skipped" },
  },
  cutShort: [],
  durationMs: 6000,
};

export const SCENARIOS: readonly Scenario[] = [
  MIXED,
  AGAIN,
  ASKING,
  SWEEPS,
  TOGETHER,
  CHECKED,
  halting("halt", ", on-error: stop-all", 1, "error"),
  halting("action", ", actions: [{ when: node-complete, if: enough >= 7, then: stop-pipeline }]", 0, "stopped"),
];
