import { testContract } from "./test-contract.ts";

const common = {
  environment: "local",
  settings: "",
  image: "not-used",
  images: false,
  limitsMemory: false,
  valohaiUtils: { python: { packages: ["valohai-utils==0.7.0"] } },
};

testContract("local, in a sandbox", { ...common, isolated: true });
testContract("local, without a sandbox", { ...common, isolated: false, options: ["--sandbox", "off"] });
