export { createProof, ProofVerifier, signJwt, thumbprint } from './dpop.ts';
export type { ClientKey, ProofFault, ProvenCaller } from './dpop.ts';
export { callApi, enrol, generateClientKey, obtainToken, readClientKey } from './client.ts';
export type { AccessToken, ApiReply, Enrolled } from './client.ts';
export { assignUser, createInstallation, freeze, listInstallations, suspendInstallation, unfreeze } from './installations.ts';
export type { InstallationLine, NewInstallation } from './installations.ts';
export { DIRECTORY_KINDS, DIRECTORY_MAGIC, loadDirectory, PEER_GROUPS } from './directory.ts';
export type { DirectoryFault, DirectoryKind } from './directory.ts';
