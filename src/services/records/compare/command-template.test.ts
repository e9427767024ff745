import { expect, test } from "vitest";
import { commandTemplate } from "./command-template.ts";

test.each([
  [["python train.py --depth=3 --rate=0.5"], { depth: 3, rate: 0.5 }, "python train.py --depth={} --rate={}"],
  [["python train.py --depth 30"], { depth: 3 }, "python train.py --depth 30"],
  [["train train.py"], { model: "train" }, "{} train.py"],
  [["a --x=1 --y=10,1"], { x: [1, 10] }, "a --x={} --y={},{}"],
  [["a", "b 'v'"], { x: "v", empty: "" }, "a\nb '{}'"],
  [["a --x=a.b"], { x: "a.b" }, "a --x={}"],
  [["run"], {}, "run"],
])("%j with %j is %s", (command, parameters, template) => {
  expect(commandTemplate(command, parameters)).toBe(template);
});
