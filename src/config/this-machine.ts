/**
 * The slug of the environment that is this machine, which every installation has. A step names it to need no image;
 * nodes and executions of early records name no environment and ran there.
 */
export const THIS_MACHINE = "local";
