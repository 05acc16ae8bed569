using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Mail;

/// <summary>A mail server was configured since the last run: what waited for it is due at once.</summary>
internal sealed class MailRelease(Db db, IClock clock, ParleyOptions options) : IStartupStep
{
    public int Order => 500;

    public Task RunAsync(CancellationToken cancellationToken) =>
        options.Mail.Smtp is null
            ? Task.CompletedTask
            : db.WriteAsync(
                session =>
                    session.ExecuteAsync(
                        "UPDATE effect SET not_before = @now WHERE kind = 'mail' AND state = 'PLANNED' AND outcome_code = @NotConfigured AND not_before > @now /* all workspaces: the mail server serves everyone */",
                        new { now = clock.GetCurrentInstant(), MailCodes.NotConfigured }
                    ),
                cancellationToken
            );
}
