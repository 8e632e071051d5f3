/** The events that we send and take: OpenID RISC 1.0 section 2, CAEP 1.0 section 3, SSF 1.0 section 8.1.4. */
export const EVENTS = {
  compromise: 'https://schemas.openid.net/secevent/risc/event-type/credential-compromise',
  enabled: 'https://schemas.openid.net/secevent/risc/event-type/account-enabled',
  revoked: 'https://schemas.openid.net/secevent/caep/event-type/session-revoked',
  verification: 'https://schemas.openid.net/secevent/ssf/event-type/verification',
  updated: 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated',
} as const;

/** Those about somebody, as peers may ask for them. */
export const ACCOUNT_EVENTS: readonly string[] = [EVENTS.compromise, EVENTS.enabled, EVENTS.revoked];

/** Values of RISC `credential_type` (RISC 1.0 section 2.7). */
export const CREDENTIAL_TYPES: readonly string[] = ['password', 'pin', 'x509', 'fido2-platform', 'fido2-roaming', 'fido-u2f', 'verifiable-credential', 'phone-voice', 'phone-sms', 'app'];

/** Delivery methods (SSF 1.0 section 6.1): RFC 8935 push, RFC 8936 poll. */
export const METHODS = { push: 'urn:ietf:rfc:8935', poll: 'urn:ietf:rfc:8936' } as const;

/** What a Security Event Token says, once verified. */
export interface SignalClaims {
  readonly iss: string;
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly event: string;
  /** The peer's pseudonym of a professional, or the stream's id. */
  readonly subject: string;
  /** The event's own members. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** A proof that both sides hold the same pair key, in our verification events: members of our own are named by URI. */
export const PAIR_CHECK = 'urn:rempart:signals:pair-check';
