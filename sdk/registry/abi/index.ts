export { cvmApplicationAbi } from "./CVMApplication.ts";
export { cvmRegistryAbi } from "./CVMRegistry.ts";
export { errorsAbi } from "./errors.ts";
