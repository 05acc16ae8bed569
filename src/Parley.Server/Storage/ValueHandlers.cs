using System.Data;
using Dapper;
using NodaTime;

namespace Parley.Server.Storage;

/// <summary>How values lie in columns: instants as Unix microseconds, truth as 0/1; the same on both engines.</summary>
internal static class ValueHandlers
{
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(typeof(Instant), new InstantHandler());
        SqlMapper.RemoveTypeMap(typeof(bool));
        SqlMapper.RemoveTypeMap(typeof(bool?));
        SqlMapper.AddTypeHandler(typeof(bool), new BooleanHandler());
    }

    private sealed class InstantHandler : SqlMapper.ITypeHandler
    {
        public object? Parse(Type destinationType, object value) =>
            Micros.ToInstant(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));

        // The type is set for null as well: PostgreSQL wants to know it.
        public void SetValue(IDbDataParameter parameter, object value)
        {
            parameter.DbType = DbType.Int64;
            parameter.Value = value is Instant instant ? Micros.From(instant) : DBNull.Value;
        }
    }

    private sealed class BooleanHandler : SqlMapper.ITypeHandler
    {
        public object? Parse(Type destinationType, object value) =>
            Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture) != 0;

        public void SetValue(IDbDataParameter parameter, object value)
        {
            parameter.DbType = DbType.Int64;
            parameter.Value = value is bool truth ? (truth ? 1L : 0L) : DBNull.Value;
        }
    }
}

/// <summary>Unix microseconds, the unit of every stored instant.</summary>
public static class Micros
{
    public static long From(Instant instant) => Math.DivRem(instant.ToUnixTimeTicks(), 10).Quotient;

    public static Instant ToInstant(long micros) => NodaConstants.UnixEpoch + Duration.FromTicks(micros * 10);
}
