using System.Text.RegularExpressions;

namespace Parley.Server.Storage;

/// <summary>The few places where SQLite and PostgreSQL differ. Everything else is one SQL text for both.</summary>
public abstract partial class Dialect
{
    public abstract string Name { get; }

    /// <summary>Several processes may work on the same data; else this process is the only one.</summary>
    public abstract bool IsShared { get; }

    /// <summary>Ends a SELECT whose rows stay locked until commit. SQLite has one writer: nothing to add.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>As <see cref="ForUpdate"/>, passing over rows another process holds.</summary>
    public abstract string ForUpdateSkipLocked { get; }

    /// <summary>The clock leases are measured by, Unix microseconds: the database's where several processes share one,
    /// the process's own (parameter <c>@now</c>) where there is only one.</summary>
    public abstract string LeaseNow { get; }

    /// <summary>
    /// Lists are written <c>x IN @list</c> and <c>x NOT IN @list</c>. The mapper spells them out where the engine has no arrays and
    /// sends an array where it has, which takes other words there.
    /// </summary>
    public abstract string Lists(string sql);

    /// <summary>Column types written as {text}, {int}, {bytes} in migrations.</summary>
    public abstract string Translate(string migration);

    public static readonly Dialect Sqlite = new SqliteDialect();
    public static readonly Dialect Postgres = new PostgresDialect();

    private sealed class SqliteDialect : Dialect
    {
        public override string Name => "sqlite";
        public override bool IsShared => false;
        public override string ForUpdate => "";
        public override string ForUpdateSkipLocked => "";
        public override string LeaseNow => "@now";

        public override string Lists(string sql) => sql;

        public override string Translate(string migration) =>
            migration
                .Replace("{text}", "TEXT", StringComparison.Ordinal)
                .Replace("{int}", "INTEGER", StringComparison.Ordinal)
                .Replace("{bytes}", "BLOB", StringComparison.Ordinal);
    }

    private sealed partial class PostgresDialect : Dialect
    {
        public override string Name => "postgres";
        public override bool IsShared => true;
        public override string ForUpdate => " FOR UPDATE";
        public override string ForUpdateSkipLocked => " FOR UPDATE SKIP LOCKED";
        public override string LeaseNow => "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint";

        public override string Lists(string sql) =>
            sql.Contains("IN @", StringComparison.Ordinal)
                ? In().Replace(NotIn().Replace(sql, "<> ALL(@${list})"), "= ANY(@${list})")
                : sql;

        [GeneratedRegex(@"\bIN @(?<list>\w+)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
        private static partial Regex In();

        [GeneratedRegex(@"\bNOT IN @(?<list>\w+)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
        private static partial Regex NotIn();

        // Binary order, so that cursors and id ranges compare as they do on SQLite.
        public override string Translate(string migration) =>
            migration
                .Replace("{text}", "TEXT COLLATE \"C\"", StringComparison.Ordinal)
                .Replace("{int}", "BIGINT", StringComparison.Ordinal)
                .Replace("{bytes}", "BYTEA", StringComparison.Ordinal);
    }
}
