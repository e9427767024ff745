/** The project of the pictures: its steps need no package, so that it runs wherever the pictures are made. */
export const SHOWN_PROJECT: Readonly<Record<string, string>> = {
  "valohai.yaml": `
- step:
    name: extract
    image: ""
    command: sh scripts/extract.sh
- step:
    name: validate
    image: ""
    command: sh scripts/validate.sh
    inputs: [{name: flights}]
- step:
    name: preprocess
    image: ""
    command: sh scripts/preprocess.sh {parameter-value:test_share}
    inputs: [{name: flights}]
    parameters: [{name: test_share, type: float, default: 0.25, min: 0.05, max: 0.5}]
- step:
    name: train
    image: ""
    command: sh scripts/train.sh {parameter-value:depth} {parameter-value:learning_rate}
    inputs: [{name: train}]
    parameters:
      - {name: depth, type: integer, default: 6, min: 1, max: 12}
      - {name: learning_rate, type: float, default: 0.1}
- step:
    name: evaluate
    image: ""
    command: sh scripts/evaluate.sh
    inputs: [{name: model}, {name: test}]
- pipeline:
    name: delays
    parameters:
      - {name: depth, target: train.parameter.depth, default: 6}
      - {name: learning_rate, target: train.parameter.learning_rate, default: 0.1}
    nodes:
      - {name: extract, type: execution, step: extract}
      - {name: validate, type: execution, step: validate}
      - {name: preprocess, type: execution, step: preprocess}
      - {name: train, type: execution, step: train}
      - {name: evaluate, type: execution, step: evaluate}
    edges:
      - [extract.output.flights.csv, validate.input.flights]
      - [extract.output.flights.csv, preprocess.input.flights]
      - [preprocess.output.train.csv, train.input.train]
      - [preprocess.output.test.csv, evaluate.input.test]
      - [train.output.model.json, evaluate.input.model]
`,
  "scripts/extract.sh": `
echo "reading flights of January 2013"
awk 'BEGIN { srand(4); print "carrier,origin,hour,distance,dep_delay"; split("AA DL UA B6 WN", c, " "); split("JFK LGA EWR", o, " ");
  for (i = 0; i < 4000; i++) printf "%s,%s,%d,%d,%.0f\\n", c[1+int(rand()*5)], o[1+int(rand()*3)], 5+int(rand()*18), 90+int(rand()*2500), rand()*rand()*90-10 }' > /valohai/outputs/flights.csv
echo '{"rows": 4000}'
`,
  "scripts/validate.sh": `
echo "carrier: 5 values, none missing"
echo "dep_delay: from -10 to 79 minutes"
echo '{"failed": 0}'
`,
  "scripts/preprocess.sh": `
awk -v share=$1 'NR == 1 || NR % 100 >= share * 100' /valohai/inputs/flights/flights.csv > /valohai/outputs/train.csv
awk -v share=$1 'NR == 1 || NR % 100 < share * 100' /valohai/inputs/flights/flights.csv > /valohai/outputs/test.csv
echo "{\\"train_rows\\": $(wc -l < /valohai/outputs/train.csv), \\"test_rows\\": $(wc -l < /valohai/outputs/test.csv)}"
`,
  "scripts/train.sh": `
echo "training with depth $1 and learning rate $2"
awk -v depth=$1 -v rate=$2 'BEGIN { srand(depth); for (i = 1; i <= 120; i++) {
  loss = 0.29 + depth / 400 + (0.7 - depth / 60) * exp(-i * rate / 2) + (rand() - 0.5) / 60;
  if (rate > 2) { print "Traceback (most recent call last):\\n  File \\"train.py\\", line 41, in <module>\\n    model.fit(rows)\\nValueError: the loss is not a number at step " i > "/dev/stderr"; exit 3 }
  printf "{\\"step\\": %d, \\"loss\\": %.4f, \\"auc\\": %.4f}\\n", i, loss, 0.5 + (1 - loss) / 2.4 + (rand() - 0.5) / 90 } }' || exit 3
echo "{\\"depth\\": $1, \\"rate\\": $2}" > /valohai/outputs/model.json
`,
  "scripts/evaluate.sh": `
depth=$(grep -o '[0-9]*' /valohai/inputs/model/model.json | head -1)
awk -v depth=$depth 'BEGIN { printf "{\\"test_auc\\": %.4f, \\"test_loss\\": %.4f}\\n", 0.71 + depth / 150 - depth * depth / 2600, 0.52 - depth / 90 + depth * depth / 1500 }'
echo "<h1>Evaluation</h1>" > /valohai/outputs/report.html
`,
};

/** The runs that are made of it, the last one fails. */
export const SHOWN_RUNS: readonly (readonly string[])[] = [
  ...[2, 4, 5, 6, 8, 10, 12].map((depth, index) => [
    ...["-p", `depth=${depth}`, "-p", `learning_rate=${[0.05, 0.1, 0.2][index % 3]}`, "--tag", "sweep"],
  ]),
  ["--title", "the best of the sweep"],
  ["-p", "learning_rate=3"],
];
