/** Debian's PostgreSQL 15 with the libraries that a bare system lacks. */
export const POSTGRES_15 = ['postgresql-15', 'postgresql-client-15', 'libpq5', 'libicu72', 'libldap-2.5-0', 'libsasl2-2', 'libxml2', 'libxslt1.1', 'libssl3', 'liblz4-1', 'libzstd1', 'libgssapi-krb5-2'];
