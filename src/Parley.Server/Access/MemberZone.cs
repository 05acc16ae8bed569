using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Web.Parts;

namespace Parley.Server.Access;

internal static class MemberZone
{
    /// <summary>The zone this member reads times in.</summary>
    public static async Task<DateTimeZone> ZoneOfAsync(this Db db, Caller caller, CancellationToken cancellationToken)
    {
        var member = await db.ReadAsync(
            session => MemberStore.FindAsync(session, caller.WorkspaceId, caller.MemberId),
            cancellationToken
        );
        return Zones.Of(member?.TimeZone);
    }
}
