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

    // What the mapper fills in stays apart until it is run: it keeps hold of the parameters while it changes the text (lists are
    // spelled out), so that neither may belong to a compiled statement before.
    private sealed class Command(CompiledStatements owner) : DbCommand
    {
        private readonly SqliteCommand _draft = new();
        private SqliteTransaction? _transaction;
        private SqliteCommand? _read;

        [AllowNull]
        public override string CommandText
        {
            get => _draft.CommandText;
            set => _draft.CommandText = value;
        }
        public override int CommandTimeout
        {
            get => _draft.CommandTimeout;
            set => _draft.CommandTimeout = value;
        }
        public override CommandType CommandType
        {
            get => CommandType.Text;
            set => _draft.CommandType = value;
        }
        public override bool DesignTimeVisible { get; set; }
        public override UpdateRowSource UpdatedRowSource { get; set; }
        protected override DbConnection? DbConnection
        {
            get => owner;
            set => throw new NotSupportedException("A command stays with its connection.");
        }
        protected override DbParameterCollection DbParameterCollection => _draft.Parameters;
        protected override DbTransaction? DbTransaction
        {
            get => _transaction;
            set => _transaction = (SqliteTransaction?)value;
        }

        public override void Cancel() => _read?.Cancel();

        public override int ExecuteNonQuery()
        {
            var compiled = Filled();
            try
            {
                return compiled.ExecuteNonQuery();
            }
            finally
            {
                owner.PutBack(compiled);
            }
        }

        public override object? ExecuteScalar()
        {
            var compiled = Filled();
            try
            {
                return compiled.ExecuteScalar();
            }
            finally
            {
                owner.PutBack(compiled);
            }
        }

        public override void Prepare() { }

        protected override DbParameter CreateDbParameter() => _draft.CreateParameter();

        // In use until the command is disposed: the rows are read from it.
        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
        {
            DoneReading();
            _read = Filled();
            return _read.ExecuteReader(behavior);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                DoneReading();
                _draft.Dispose();
            }

            base.Dispose(disposing);
        }

        private void DoneReading()
        {
            if (_read is { } read)
            {
                _read = null;
                owner.PutBack(read);
            }
        }

        private SqliteCommand Filled()
        {
            var compiled = owner.Take(_draft.CommandText);
            compiled.Transaction = _transaction;
            compiled.CommandTimeout = _draft.CommandTimeout;
            foreach (SqliteParameter parameter in _draft.Parameters)
            {
                compiled.Parameters.Add(parameter);
            }

            return compiled;
        }
    }
}
