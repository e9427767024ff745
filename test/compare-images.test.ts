import { PNG } from "pngjs";
import { expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

function picture(black: number): Buffer {
  const png = new PNG({ width: 10, height: 10 });
  png.data.fill(255);
  for (let pixel = 0; pixel < black; pixel += 1) png.data[pixel * 4] = 0;
  return PNG.sync.write(png);
}

test("two runs whose plots differ are told how much", async () => {
  await using rig = new ProjectRig({
    "valohai.yaml": "- step: {name: plot, image: x, environment: local, command: cp plot.png $VH_OUTPUTS_DIR}\n",
  });
  for (const black of [0, 3]) {
    rig.write("plot.png", picture(black));
    expect((await rig.headrace("run", "plot", "--fresh")).code).toBe(0);
  }
  expect((await rig.headrace("compare", "1", "3")).stdout).toContain("10×10, 3.0 % of the pixels differ");
});
