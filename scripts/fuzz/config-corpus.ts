/** Small documents that between them hold every kind, key and spelling of the format; mutations start from these. */
export const CONFIG_CORPUS: readonly string[] = [
  `- step:
    name: train
    image: python:3.12
    command:
      - pip install -r requirements.txt
      - python train.py {parameters} --seed {parameter-value:seed}
    environment: gpu
    runtime-config-preset: big
    time-limit: 1h 30m
    no-output-timeout: 600
    stop-condition: accuracy >= 0.99 and epoch > 3
    resources: {cpu: {min: 0.5, max: 2}, memory: {min: 100}, devices: {nvidia.com/gpu: 1}}
`,
  `- step:
    name: load
    image: busybox
    command: |
      #!/bin/bash
      for f in *; do
        echo "$f"
      done
    inputs:
      - name: images
        default: ["s3://bucket/**.jpg", 'datum://x']
        keep-directories: suffix
        download: on-demand
        filename: a.jpg
      - {name: labels, optional: yes}
    outputs:
      - name: "*.npz"
    mounts:
      - /data:/mnt/data
      - source: share
        destination: /x
        readonly: on
        options: {a: 1}
    environment-variables:
      - {name: HOME, default: "/root", optional: false}
    environment-variable-groups: [secrets]
    cache-volumes: [cache]
`,
  `- step:
    name: p
    image: i
    command: run {params}
    parameters:
      - {name: a, type: integer, default: 3, min: 1, max: 0x10, choices: [1, 2, 3]}
      - {name: b, type: float, default: 1.5e+3, pass-as: "-b {v}"}
      - {name: c, type: flag, pass-true-as: --yes, pass-false-as: --no, default: true}
      - {name: d, multiple: repeat, default: [x, y], multiple-separator: ";"}
      - {name: e, default: 2020-01-01, widget: {type: sql, settings: {dialect: pg}}}
      - {name: f, optional: true, description: 'it''s', category: X, widget: datumalias}
    python: {requirements: requirements.txt, packages: [numpy], version: "3.12"}
    reuse: {enabled: true, code: ["*.py"]}
    retry: {limit: 3, backoff: 10s, on: [1, signal]}
`,
  `- step: {name: a, image: i, command: c, inputs: [{name: x}], parameters: [{name: k}]}
- step: {name: b, image: i, command: c, inputs: [{name: y}], outputs: [{name: m.pkl}]}
- pipeline:
    name: both
    reuse-executions: true
    parameters:
      - {name: lr, targets: [one.parameter.k], default: [1, 2]}
      - {name: z, target: one.parameters.k}
    nodes:
      - name: one
        type: execution
        step: a
        on-error: stop-next
        edge-merge-mode: append
        override: {inputs: [{name: x}], parameters: [{name: k, default: 3}]}
        actions: [{when: node-complete, if: ["metadata.a > 1"], then: [stop-pipeline]}]
      - {name: two, type: task, step: b}
      - {name: dep, type: deployment, deployment: d, endpoints: [ep], aliases: [staging]}
    edges:
      - [one.output.*.pkl, two.input.y]
      - source: two.output.m.pkl
        target: dep.file.ep.model
        configuration: {}
- endpoint: {name: ep, image: i, wsgi: app, port: 8080, files: [{name: model, path: m.pkl}]}
- deployment: {name: d, defaults: {target: cluster}}
`,
  `- task:
    name: sweep
    step: a
    type: Bayesian-TPE
    engine: optuna
    optimization-target-metric: accuracy
    optimization-target-value: 0.9
    execution-count: 10
    on-child-error: stop_all_and_error
    parameters:
      - {name: lr, style: logspace, rules: {start: -3, end: 0, count: 4, base: 10, integerify: no}}
      - {name: n, style: multiple, rules: {items: [1, two, true]}}
- task: {name: manual, step: a, type: manual_search, parameter-sets: [{lr: 1}, {lr: 2}]}
`,
  `- step:
  name: preprocess
  image: python
  command: python pre.py
  inputs:
  - name: raw
- step:
  name: train
  image: python
  command: python train.py
  inputs:
  - name: data
- pipeline:
  name: p
  connections:
  - [preprocess.outputs.*.npz, train.inputs.data]
`,
  `# anchors, merges, tags, folding
- step: &base
    name: base
    image: &img "a\\tb"
    command: >-
      folded
      text
- step:
    <<: *base
    name: !!str 123
    image: *img
    description: plain
      of two lines
? project
: python: {version: '3.11'}
`,
  `---
- step: {name: x, image: y, command: [a, b]}
- unknown: 1
- blueprint: {name: q, nodes: [], edges: []}
- endpoint:
    name: server
    image: i
    server-command: [run, it]
    node-selector: a=b
    tolerations: [{key: k, operator: Equal, effect: NoSchedule}]
    workspace-volume: {mount-path: /w, size: 3}
    shared-volumes: [{pvc-name: p, mount-path: /s}]
...
`,
];
