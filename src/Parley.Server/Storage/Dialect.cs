namespace Parley.Server.Storage;

/// <summary>The few places where SQLite and PostgreSQL differ. Everything else is one SQL text for both.</summary>
public abstract class Dialect
{
    public abstract string Name { get; }

    /// <summary>Ends a SELECT whose rows stay locked until commit. SQLite has one writer: nothing to add.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>As <see cref="ForUpdate"/>, passing over rows another process holds.</summary>
    public abstract string ForUpdateSkipLocked { get; }

    /// <summary>The clock leases are measured by, Unix microseconds: the database's where several processes share one,
    /// the process's own (parameter <c>@now</c>) where there is only one.</summary>
    public abstract string LeaseNow { get; }

    /// <summary>Column types written as {text}, {int}, {bytes} in migrations.</summary>
    public abstract string Translate(string migration);

    public static readonly Dialect Sqlite = new SqliteDialect();
    public static readonly Dialect Postgres = new PostgresDialect();

    private sealed class SqliteDialect : Dialect
    {
        public override string Name => "sqlite";
        public override string ForUpdate => "";
        public override string ForUpdateSkipLocked => "";
        public override string LeaseNow => "@now";

        public override string Translate(string migration) =>
            migration
                .Replace("{text}", "TEXT", StringComparison.Ordinal)
                .Replace("{int}", "INTEGER", StringComparison.Ordinal)
                .Replace("{bytes}", "BLOB", StringComparison.Ordinal);
    }

    private sealed class PostgresDialect : Dialect
    {
        public override string Name => "postgres";
        public override string ForUpdate => " FOR UPDATE";
        public override string ForUpdateSkipLocked => " FOR UPDATE SKIP LOCKED";
        public override string LeaseNow => "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint";

        // Binary order, so that cursors and id ranges compare as they do on SQLite.
        public override string Translate(string migration) =>
            migration
                .Replace("{text}", "TEXT COLLATE \"C\"", StringComparison.Ordinal)
                .Replace("{int}", "BIGINT", StringComparison.Ordinal)
                .Replace("{bytes}", "BYTEA", StringComparison.Ordinal);
    }
}
