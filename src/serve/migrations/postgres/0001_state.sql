-- The state of the service. Ids and JSON are TEXT, times milliseconds since 1970 in BIGINT: what both engines have.

CREATE TABLE tenant (
    id TEXT PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    max_bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE policy (
    sha256 TEXT PRIMARY KEY NOT NULL,
    bundle TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE project (
    id TEXT PRIMARY KEY NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    visibility TEXT NOT NULL,
    policy TEXT REFERENCES policy (sha256),
    created_at BIGINT NOT NULL
);

CREATE TABLE api_token (
    id TEXT PRIMARY KEY NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    project TEXT REFERENCES project (id),
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    -- What a forge said of whoever it was exchanged for: JSON.
    provenance TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- One-time links, and the sessions that browsers get for them. Only hashes of secrets are kept.
CREATE TABLE login_link (
    sha256 TEXT PRIMARY KEY NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    scope TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE browser_session (
    sha256 TEXT PRIMARY KEY NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    scope TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE publisher (
    id TEXT PRIMARY KEY NOT NULL,
    project TEXT NOT NULL REFERENCES project (id),
    issuer TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    repository_id TEXT NOT NULL,
    workflow TEXT NOT NULL,
    environment TEXT,
    refs TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX publisher_of ON publisher (project, issuer);

-- Identity tokens that were exchanged: each counts once.
CREATE TABLE used_jti (
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, jti)
);

-- Facts of libraries, by their content. Written to the object store before the row.
CREATE TABLE blob (
    sha256 TEXT PRIMARY KEY NOT NULL,
    size BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Which organisation has sent a blob: knowing a hash gives no access.
CREATE TABLE blob_grant (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    sha256 TEXT NOT NULL REFERENCES blob (sha256),
    PRIMARY KEY (tenant, sha256)
);

CREATE TABLE upload (
    id TEXT PRIMARY KEY NOT NULL,
    project TEXT NOT NULL REFERENCES project (id),
    -- What was announced, as JSON, and its hash.
    request TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    trust TEXT NOT NULL,
    provenance TEXT,
    state TEXT NOT NULL,
    snapshot TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX upload_of ON upload (project, request_sha256);

CREATE TABLE snapshot (
    id TEXT PRIMARY KEY NOT NULL,
    project TEXT NOT NULL REFERENCES project (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- In its order stand names as the versions that they say.
    version_key TEXT NOT NULL,
    platform TEXT NOT NULL,
    trust TEXT NOT NULL,
    commit_sha TEXT,
    base_commit TEXT,
    provenance TEXT,
    libraries BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sealed_at BIGINT NOT NULL,
    UNIQUE (project, kind, name, platform, trust)
);
CREATE INDEX snapshot_version ON snapshot (project, kind, trust, version_key);
CREATE INDEX snapshot_kind ON snapshot (project, kind, id);

CREATE TABLE snapshot_library (
    snapshot TEXT NOT NULL REFERENCES snapshot (id),
    file TEXT NOT NULL,
    header TEXT NOT NULL,
    facts TEXT NOT NULL REFERENCES blob (sha256),
    size BIGINT NOT NULL,
    PRIMARY KEY (snapshot, file)
);
CREATE INDEX snapshot_library_facts ON snapshot_library (facts);

CREATE TABLE comparison (
    id TEXT PRIMARY KEY NOT NULL,
    project TEXT NOT NULL REFERENCES project (id),
    old_snapshot TEXT NOT NULL REFERENCES snapshot (id),
    new_snapshot TEXT NOT NULL REFERENCES snapshot (id),
    -- Empty without a policy, so that UNIQUE means it.
    policy TEXT NOT NULL,
    engine TEXT NOT NULL,
    state TEXT NOT NULL,
    -- How often its process died, and how often its worker was gone.
    died BIGINT NOT NULL,
    lost BIGINT NOT NULL,
    -- Until when the worker that has it is believed to be alive.
    lease_until BIGINT,
    outcome TEXT,
    headline TEXT,
    counts TEXT,
    -- Size and SHA-256 of each report, as JSON.
    reports TEXT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    done_at BIGINT,
    UNIQUE (old_snapshot, new_snapshot, policy, engine)
);
CREATE INDEX comparison_open ON comparison (state, lease_until);

CREATE TABLE finding (
    comparison TEXT NOT NULL REFERENCES comparison (id),
    fingerprint TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    tier TEXT NOT NULL,
    name TEXT NOT NULL,
    is_root BIGINT NOT NULL,
    PRIMARY KEY (comparison, fingerprint)
);
CREATE INDEX finding_named ON finding (fingerprint);

-- Answers to requests with an Idempotency-Key.
CREATE TABLE idempotency (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (actor, key)
);

-- What was done by whom: a chain of hashes, which is only added to.
CREATE TABLE audit (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    what TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
);

CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to';
END
$$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();
