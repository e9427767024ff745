import { expect, test } from "vitest";
import { unpinnedInstalls } from "./unpinned-installs.ts";

test.each<readonly [string, readonly string[]]>([
  ["pip install numpy", ["numpy"]],
  ["pip install -q numpy pandas==2.2.3 'scipy>=1' && python train.py", ["numpy", "scipy>=1"]],
  ["python3 -m pip install numpy==2.*", ["numpy==2.*"]],
  ["uv pip install --system torch", ["torch"]],
  ["cd x; pip3 install \\\n  numpy", ["numpy"]],
  ["pip install numpy==2.2.3 tool===1", []],
  ["pip install -r requirements.txt", []],
  ["pip install -e . ./lib lib/a-1.0.whl tool-1.0.tar.gz", []],
  ["pip install tool @ https://example.com/tool-1.0.whl", ["tool"]],
  ["pip install tool@https://example.com/tool-1.0.whl", []],
  ["pip install --index-url https://example.com/simple numpy", ["numpy"]],
  ["pip install {parameter-value:package}", []],
  ["conda install -y -c conda-forge numpy scipy=1.2", ["numpy"]],
  ["apt-get update && apt-get -y install libgomp1", ["libgomp1"]],
  ["npm install left-pad @scope/x@1.2.3", ["left-pad"]],
  ["npm install left-pad@1.3.0", []],
  ["python train.py --pip install", []],
  ["echo 'no pip here'", []],
])("%j installs %j in whatever version there is", (line, names) => {
  expect(unpinnedInstalls([line])).toEqual(names);
});
