-- Who may do what. Default is nothing; no role that answers has SELECT on a table about persons.

grant usage on schema registry, access, journal, gate, guard to rempart_gate;
grant select on registry.insurer, registry.product, registry.load, registry.cover, registry.right_row, registry.superseded, registry.index_key to rempart_gate;
grant select on access.establishment, access.professional, access.activity, access.convention, access.installation, access.session to rempart_gate;
grant select, insert, update (frozen_at, unproven_frozen_at, step_up_from, asked_of_key, touched_at, watched_until, watched_told, confirmed_at) on access.app_user to rempart_gate;
grant select, insert, delete on guard.trace to rempart_gate;
grant insert on access.installation to rempart_gate;
grant select, insert, update on access.sign_in, access.passkey, access.staff to rempart_gate;
grant delete on access.session, access.sign_in to rempart_gate;
grant insert on access.notice to rempart_gate;
grant select, insert on journal.entry to rempart_gate;
grant select, insert, update on journal.refusal to rempart_gate;
grant usage, select on sequence journal.entry_id to rempart_gate;
grant select on guard.ceiling to rempart_gate;
grant select, insert, update (revoked_at) on registry.card to rempart_gate;
grant select, insert, update, delete on gate.card_use to rempart_gate;
grant select, insert, update, delete on gate.meter, gate.told, gate.retry to rempart_gate;
grant select, insert on gate.proof to rempart_gate;
grant truncate on gate.proof_0, gate.proof_1, gate.proof_2, gate.proof_3 to rempart_gate;
grant select, insert, delete on gate.evidence to rempart_gate;
grant select, insert, update on gate.guarantee to rempart_gate;
grant select, insert, update on gate.known to rempart_gate;

grant select (load_id) on registry.seal_key, registry.rejected_line to rempart_gate;
grant delete on registry.load, registry.seal_key, registry.right_row, registry.superseded, registry.rejected_line to rempart_gate;

grant usage on schema access to rempart_auth;
grant select (id, client_id, establishment_id, jwk, state), update (jwk, state) on access.installation to rempart_auth;
grant select, update (used_at) on access.enrolment_code to rempart_auth;
grant select, insert, update, delete on access.session, access.artifact to rempart_auth;
grant select on access.establishment, access.professional, access.activity to rempart_auth;
grant select (id, installation_id) on access.app_user to rempart_auth;
grant select (user_id, credential_id, removed_at) on access.passkey to rempart_auth;
-- What opens a session is written here; who it is, only by the gate.
grant select (id, jkt, installation_id, evidence, started_at, expires_at, last_seen_at, ended_at), insert (jkt, installation_id, evidence, expires_at), update (last_seen_at, ended_at, evidence) on access.sign_in to rempart_auth;

grant usage on schema registry, access, journal, gate, guard to rempart_intake;
grant select, insert, update on registry.insurer, registry.product, registry.load to rempart_intake;
grant select, update (next_row) on registry.shelf to rempart_intake;
grant select, insert on registry.index_key, registry.seal_key, registry.cover, registry.right_row, registry.superseded, registry.rejected_line to rempart_intake;
grant select, insert, update on access.establishment, access.professional, access.activity, access.convention, access.directory_load to rempart_intake;

grant usage on schema access, journal, gate, guard, registry to rempart_desk;
grant select on registry.insurer, registry.load, access.establishment, access.professional, access.activity, access.convention to rempart_desk;
grant select, insert on access.installation, access.enrolment_code to rempart_desk;
grant select on access.app_user, access.session to rempart_desk;
grant select, update (delivered_at, channel) on access.notice to rempart_desk;
grant insert, update (professional_id) on access.app_user to rempart_desk;
grant select on journal.entry to rempart_desk;
grant select on journal.refusal, guard.ceiling, gate.meter to rempart_desk;
