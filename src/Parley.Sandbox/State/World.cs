using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using NodaTime;
using Parley.Sandbox.Crm;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.State;

/// <summary>
/// Everything the sandbox knows, behind one lock. A transaction is in the journal before <see cref="Change{T}"/> returns; one that
/// throws, or cannot be written, leaves nothing behind.
/// </summary>
internal sealed class World : IDisposable
{
    private const string Only = "only";

    private readonly Lock gate = new();
    private readonly List<Change> changes = [];
    private readonly Dictionary<string, ITable> tables = new(StringComparer.Ordinal);
    private readonly Table<Settings> settings;
    private readonly Table<Client> clients;
    private readonly Table<DirectorySettings> directory;
    private readonly IClock realClock;
    private Journal? journal;

    public World(IClock realClock)
    {
        this.realClock = realClock;
        settings = Make("settings", StateJson.Default.Settings);
        clients = Make("clients", StateJson.Default.Client);
        Accounts = Make("accounts", StateJson.Default.Account);
        People = Make("people", StateJson.Default.Person);
        Consents = Make("consents", StateJson.Default.Consent);
        SignIns = Make("signIns", StateJson.Default.SignIn);
        Codes = Make("codes", StateJson.Default.AuthorizationCode);
        Tokens = Make("tokens", StateJson.Default.Token);
        Meetings = Make("meetings", StateJson.Default.Meeting);
        Sessions = Make("sessions", StateJson.Default.Session);
        Attendances = Make("attendances", StateJson.Default.Attendance);
        HostKeys = Make("hostKeys", StateJson.Default.HostKey);
        Mails = Make("mails", StateJson.Default.StoredMail);
        Faults = Make("faults", StateJson.Default.Fault);
        Licenses = Make("licenses", StateJson.Default.License);
        Groups = Make("groups", StateJson.Default.Group);
        FormerPeople = Make("formerPeople", StateJson.Default.Person);
        LateCalls = Make("lateCalls", StateJson.Default.LateCall);
        directory = Make("directorySettings", StateJson.Default.DirectorySettings);
        Zoom = new ZoomTables(this);
        ZoomMeetings = new MeetingTables(this);
        Crm = new CrmTables(this);
        MeetingsOf = Meetings.IndexBy(meeting => meeting.OwnerKey);
        SessionsOf = Sessions.IndexBy(session => Number(session.MeetingId));
        RunningOf = Sessions.IndexBy(session => session.EndedAt is null ? Number(session.MeetingId) : null);
        AttendancesOf = Attendances.IndexBy(attendance => attendance.SessionId);
    }

    public Table<Account> Accounts { get; }
    public Table<Person> People { get; }
    public Table<Consent> Consents { get; }
    public Table<SignIn> SignIns { get; }
    public Table<AuthorizationCode> Codes { get; }
    public Table<Token> Tokens { get; }
    public Table<Meeting> Meetings { get; }
    public Table<Session> Sessions { get; }
    public Table<Attendance> Attendances { get; }
    public Table<HostKey> HostKeys { get; }
    public Table<StoredMail> Mails { get; }
    public Table<Fault> Faults { get; }
    public Table<License> Licenses { get; }
    public Table<Group> Groups { get; }

    /// <summary>Removed people: an e-mail that is added again gets its old key back.</summary>
    public Table<Person> FormerPeople { get; }
    public Table<LateCall> LateCalls { get; }

    /// <summary>What the Zoom twin knows.</summary>
    public ZoomTables Zoom { get; }

    /// <summary>Its meetings and what was used up of its limits.</summary>
    public MeetingTables ZoomMeetings { get; }

    /// <summary>What the pretend CRM knows.</summary>
    public CrmTables Crm { get; }

    /// <summary>Meetings by their owner's key, removed ones included.</summary>
    public TableIndex<Meeting> MeetingsOf { get; }

    /// <summary>Sessions by meeting id.</summary>
    public TableIndex<Session> SessionsOf { get; }

    /// <summary>Sessions that have not ended, by meeting id.</summary>
    public TableIndex<Session> RunningOf { get; }

    /// <summary>Stays by session id.</summary>
    public TableIndex<Attendance> AttendancesOf { get; }

    /// <summary>The rate limit it was started with, calls a second; null: none. Not kept: the next start says it anew.</summary>
    public int? UsualRate { get; init; }

    public Settings Settings
    {
        get => settings.Find(Only) ?? new Settings();
        set => settings.Put(Only, value);
    }

    public DirectorySettings Directory
    {
        get => directory.Find(Only) ?? new DirectorySettings();
        set => directory.Put(Only, value);
    }

    /// <summary>The registered client; there is one from the first start on.</summary>
    public Client Client
    {
        get => clients.Find(Only) ?? throw new InvalidOperationException("The sandbox has not been seeded.");
        set => clients.Put(Only, value);
    }

    public bool Seeded => clients.Find(Only) is not null;

    /// <summary>The sandbox's own time: the real clock plus what tests added.</summary>
    public Instant Now => realClock.GetCurrentInstant() + Duration.FromSeconds(Settings.ClockOffsetSeconds);

    /// <summary>Reads the journal of a folder; from here on every transaction is written to it.</summary>
    public void OpenJournal(string directory) => journal = Journal.Open(directory, tables);

    /// <summary>Runs a transaction: all of it happens, or nothing.</summary>
    public T Change<T>(Func<World, T> change)
    {
        lock (gate)
        {
            try
            {
                T result = change(this);
                if (changes.Count > 0)
                {
                    journal?.Append(changes);
                }

                return result;
            }
            catch
            {
                for (int index = changes.Count - 1; index >= 0; index--)
                {
                    changes[index].Table.Apply(changes[index].Key, changes[index].Before);
                }

                throw;
            }
            finally
            {
                changes.Clear();
            }
        }
    }

    public void Change(Action<World> change) =>
        Change(world =>
        {
            change(world);
            return 0;
        });

    /// <summary>Looks at a consistent state. The function must materialise what it returns.</summary>
    public T Read<T>(Func<World, T> read)
    {
        lock (gate)
        {
            return read(this);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            journal?.Dispose();
            journal = null;
        }
    }

    private static string Number(long id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>Adds a table; before the journal is opened.</summary>
    public Table<T> Make<T>(string name, JsonTypeInfo<T> type)
        where T : class
    {
        Table<T> table = new(name, type, changes);
        tables.Add(name, table);
        return table;
    }
}
