import { testExecutor } from "../conformance.ts";

testExecutor("local, no sandbox", {
  module: new URL("./conformance-subject.ts", import.meta.url),
  variant: "off",
  isolated: false,
});
