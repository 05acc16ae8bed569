using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>Co-organizers typed as e-mail addresses into a form, looked up in the account.</summary>
internal static class CoOrganizerAddresses
{
    /// <summary>The wish with the co-organizers that were typed as addresses; what is wrong with those is said at their field.</summary>
    /// <param name="check">Checks the form with all keys.</param>
    public static async Task<Answer<T>> WithAsync<T>(
        Caller caller,
        ConnectionEntry connection,
        MeetingForm typed,
        OrganizerDirectory organizers,
        Func<IReadOnlyList<string>, Answer<T>> check,
        Answer<T> checkedAlready,
        CancellationToken cancellationToken
    )
    {
        const string Field = "coOrganizerEmails";
        var addresses = typed.CoOrganizerAddresses;
        if (addresses.Count == 0)
        {
            return checkedAlready;
        }

        var errors = new FieldErrors();
        for (var index = 0; index < addresses.Count; index++)
        {
            if (!EmailAddress.IsValid(addresses[index]))
            {
                errors.Add(Field, FormattableString.Invariant($"no. {index + 1} must be an e-mail address"));
            }
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var found = await organizers.KeysAsync(caller.WorkspaceId, connection, addresses, cancellationToken);
        if (found.Succeeded)
        {
            return check([.. typed.CoOrganizers.Union(found.Value, StringComparer.Ordinal)]);
        }

        var problem = found.Problem!;
        if (problem.Errors is null)
        {
            errors.Add(Field, $"cannot be looked up. {problem.Detail.TrimEnd('.')}");
        }

        foreach (var (field, messages) in problem.Errors ?? new Dictionary<string, string[]>(StringComparer.Ordinal))
        {
            // coOrganizers[1] → no. 2 of what was typed.
            var place = int.TryParse(field.AsSpan(field.IndexOf('[') + 1).TrimEnd(']'), out var index) ? index : 0;
            errors.Add(Field, $"no. {place + 1} ({addresses[place]}) {string.Join("; ", messages)}");
        }

        return errors.ToProblem() with
        {
            Next = problem.Next,
        };
    }
}
