using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Parley.Server.Storage;

/// <summary>
/// A connection to SQLite that keeps the statements it has compiled. The driver compiles a text anew for every command object, and
/// the mapper makes a command object for every call: here a command of the same text is taken off the shelf instead.
/// Not for several threads at once, as the connection inside is not.
/// </summary>
internal sealed class CompiledStatements(SqliteConnection inner) : DbConnection
{
    /// <summary>Texts kept. Ours are few; lists spelled out by length make a few more.</summary>
    private const int Shelf = 512;
    private readonly Dictionary<string, SqliteCommand> _idle = new(StringComparer.Ordinal);

    public SqliteConnection Inner { get; } = inner;

    [AllowNull]
    public override string ConnectionString
    {
        get => Inner.ConnectionString;
        set => throw new NotSupportedException("The connection is open already.");
    }
    public override string Database => Inner.Database;
    public override string DataSource => Inner.DataSource;
    public override string ServerVersion => Inner.ServerVersion;
    public override ConnectionState State => Inner.State;

    public override void ChangeDatabase(string databaseName) => Inner.ChangeDatabase(databaseName);

    public override void Open() => Inner.Open();

    public override void Close() => Inner.Close();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        Inner.BeginTransaction(isolationLevel);

    protected override DbCommand CreateDbCommand() => new Command(this);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var command in _idle.Values)
            {
                command.Dispose();
            }

            _idle.Clear();
            Inner.Dispose();
        }

        base.Dispose(disposing);
    }

    // Taken off the shelf while in use: a second command of the same text meanwhile gets a statement of its own.
    private SqliteCommand Take(string text)
    {
        if (_idle.Remove(text, out var command))
        {
            return command;
        }

        command = Inner.CreateCommand();
        command.CommandText = text;
        return command;
    }

    private void PutBack(SqliteCommand command)
    {
        command.Parameters.Clear();
        command.Transaction = null;
        if (_idle.Count >= Shelf || !_idle.TryAdd(command.CommandText, command))
        {
            command.Dispose();
        }
    }

    private sealed class Command(CompiledStatements owner) : DbCommand
    {
        private SqliteCommand? _compiled;

        private SqliteCommand Compiled => _compiled ??= owner.Take("");

        [AllowNull]
        public override string CommandText
        {
            get => Compiled.CommandText;
            set
            {
                var former = _compiled;
                _compiled = owner.Take(value ?? "");
                if (former is null)
                {
                    return;
                }

                // The mapper spells out a list after it has set the text: what was bound so far moves along.
                var bound = former.Parameters.Cast<SqliteParameter>().ToArray();
                _compiled.Transaction = former.Transaction;
                owner.PutBack(former);
                _compiled.Parameters.AddRange(bound);
            }
        }
        public override int CommandTimeout
        {
            get => Compiled.CommandTimeout;
            set => Compiled.CommandTimeout = value;
        }
        public override CommandType CommandType
        {
            get => CommandType.Text;
            set => Compiled.CommandType = value;
        }
        public override bool DesignTimeVisible { get; set; }
        public override UpdateRowSource UpdatedRowSource { get; set; }
        protected override DbConnection? DbConnection
        {
            get => owner;
            set => throw new NotSupportedException("A command stays with its connection.");
        }
        protected override DbParameterCollection DbParameterCollection => Compiled.Parameters;
        protected override DbTransaction? DbTransaction
        {
            get => Compiled.Transaction;
            set => Compiled.Transaction = (SqliteTransaction?)value;
        }

        public override void Cancel() => Compiled.Cancel();

        public override int ExecuteNonQuery() => Compiled.ExecuteNonQuery();

        public override object? ExecuteScalar() => Compiled.ExecuteScalar();

        public override void Prepare() => Compiled.Prepare();

        protected override DbParameter CreateDbParameter() => Compiled.CreateParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
            Compiled.ExecuteReader(behavior);

        protected override void Dispose(bool disposing)
        {
            if (disposing && _compiled is { } compiled)
            {
                _compiled = null;
                owner.PutBack(compiled);
            }

            base.Dispose(disposing);
        }
    }
}
