/** The pipeline of the example. */
export const EXAMPLE_TARGET = "example";

const VALOHAI_YAML = `# An example that runs as it is: headrace run example
# \`headrace docs file-format\` describes every key.
# \`environment: local\` runs a step with the programs of this machine. Without it a step runs in its image, where Docker answers.

- step:
    name: prepare
    image: python:3.12-slim
    environment: local
    command: python3 prepare.py {parameters}
    parameters:
      - name: dataset
        description: which of Anscombe's four data sets
        type: string
        default: I
        choices: [I, II, III, IV]

- step:
    name: train
    image: python:3.12-slim
    environment: local
    command: python3 train.py {parameters}
    inputs:
      - name: points # files appear in /valohai/inputs/points/
    parameters:
      - name: epochs
        type: integer
        default: 200
      - name: learning-rate
        type: float
        default: 0.01

- pipeline:
    name: example
    nodes:
      - name: prepare
        type: execution
        step: prepare
      - name: train
        type: execution
        step: train
    edges:
      - [prepare.output.*.csv, train.input.points]
`;

const PREPARE_PY = `"""Writes one of Anscombe's four data sets (The American Statistician, 1973) as a table."""

import argparse
import csv
import os

X = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
DATASETS = {
    "I": (X, [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]),
    "II": (X, [9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74]),
    "III": (X, [7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73]),
    "IV": ([8, 8, 8, 8, 8, 8, 8, 19, 8, 8, 8], [6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.50, 5.56, 7.91, 6.89]),
}

parser = argparse.ArgumentParser()
parser.add_argument("--dataset", default="I", choices=DATASETS)
args = parser.parse_args()

# Files in the outputs folder are kept, and edges carry them to other steps. The folder is /valohai/outputs on most machines;
# the variable names it on all of them.
with open(os.environ["VH_OUTPUTS_DIR"] + "/points.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["x", "y"])
    writer.writerows(zip(*DATASETS[args.dataset]))

print(f"wrote data set {args.dataset}")
`;

const TRAIN_PY = `"""Fits a line by gradient descent, without any package."""

import argparse
import csv
import json
import os

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=200)
parser.add_argument("--learning-rate", type=float, default=0.01)
args = parser.parse_args()

with open(os.environ["VH_INPUTS_DIR"] + "/points/points.csv", newline="") as file:
    points = [(float(row["x"]), float(row["y"])) for row in csv.DictReader(file)]

slope, intercept = 0.0, 0.0
for epoch in range(1, args.epochs + 1):
    errors = [(slope * x + intercept - y, x) for x, y in points]
    slope -= args.learning_rate * sum(error * x for error, x in errors) / len(points)
    intercept -= args.learning_rate * sum(error for error, _ in errors) / len(points)
    if epoch % 20 == 0 or epoch == args.epochs:
        # A line of JSON is metadata: \`headrace run\` shows it, \`headrace metrics\` and \`headrace compare\` use it.
        print(json.dumps({"epoch": epoch, "loss": sum(error**2 for error, _ in errors) / len(points)}), flush=True)

with open(os.environ["VH_OUTPUTS_DIR"] + "/model.json", "w") as file:
    json.dump({"slope": slope, "intercept": intercept}, file)
`;

/** By name; see init-project.ts. */
export const EXAMPLE_FILES: Readonly<Record<string, string>> = {
  "valohai.yaml": VALOHAI_YAML,
  "prepare.py": PREPARE_PY,
  "train.py": TRAIN_PY,
};
