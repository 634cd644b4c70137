using Npgsql;

namespace Nave.Storage.Postgres;

/// <summary>
/// Makes the connections of a store: one to write, which no pool may exchange, and a pool to read. Settings of the user's
/// connection string that would weaken a promise of the store are overruled; the rest (hosts, TLS, keep-alives) is theirs.
/// </summary>
internal sealed class PostgresConnections : IAsyncDisposable
{
    // PostgreSQL 14, the oldest that its makers still mend.
    private const int OldestVersion = 14;

    // Every access has an index that gives the order, so plans never have to depend on what the server guesses of a table that was empty a minute ago.
    private const string Plans =
        "SET enable_seqscan=off; SET enable_bitmapscan=off; SET enable_hashjoin=off; SET enable_mergejoin=off; SET plan_cache_mode=force_generic_plan; SET jit=off;";

    // A limit that somebody set for the role would break commits and connections at their whim. Not every version has all of them.
    private const string Limits = """
        SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN
          ('statement_timeout', 'lock_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout');
        """;

    // The lock of a machine that lost its power is free within half a minute, and not after the two hours that are usual.
    private const string KeepAlive =
        "SET tcp_keepalives_idle=10; SET tcp_keepalives_interval=5; SET tcp_keepalives_count=4; SET tcp_user_timeout=30000;";

    private const string Isolation = "SET default_transaction_isolation='read committed';";

    private readonly NpgsqlDataSource _writing;
    private readonly NpgsqlDataSource _reading;

    public PostgresConnections(PostgresStateOptions options)
    {
        // "nave-" and 32 digits: by it, the writer finds a former connection of its own that the server does not know to be dead.
        WriterName = $"nave-state-writer-{Guid.NewGuid():N}";
        var timeout = (int)Math.Ceiling(options.CommandTimeout.TotalSeconds);
        _writing = Build(new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            Pooling = false,
            ApplicationName = WriterName,

            // Cancelling a commit that waits for its standby makes the server report success; so it is not cancelled but cut off.
            CancellationTimeout = -1,
            CommandTimeout = timeout,
        });
        _reading = Build(new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = options.Readers,
            NoResetOnClose = true,
            ApplicationName = "nave-state-reader",
            CommandTimeout = timeout,
        });
    }

    /// <summary>Gets the name that the server shows for the writer's connection.</summary>
    public string WriterName { get; }

    /// <summary>Says what is wrong with a connection string, without a part of it: Npgsql's own words may quote a password.</summary>
    /// <returns><see langword="null"/> if it can be used.</returns>
    public static string? Problem(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return "ConnectionString is empty: it must name a PostgreSQL database, such as Host=db;Database=nave;Username=nave.";
        }

        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(connectionString).Host)
                ? "ConnectionString names no host: Host=NAME is needed."
                : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException or NotSupportedException)
        {
            return "ConnectionString is none of PostgreSQL: NAME=VALUE pairs with ; between are needed, such as Host=db;Database=nave;Username=nave; "
                + "a value with ; or = in it stands in quotes.";
        }
    }

    /// <summary>Opens the writer's connection: commits on it are durable when they are reported.</summary>
    /// <exception cref="InvalidDataException">The server is too old, or does not sync.</exception>
    /// <exception cref="NpgsqlException">It cannot be opened, or leads to a standby.</exception>
    public async Task<NpgsqlConnection> OpenWriterAsync(CancellationToken cancellationToken)
    {
        var connection = await _writing.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (connection.PostgreSqlVersion.Major < OldestVersion)
            {
                throw new InvalidDataException($"The server is PostgreSQL {connection.PostgreSqlVersion}; {OldestVersion} or later is needed.");
            }

            await RunAsync(connection, Limits + KeepAlive + Isolation + Plans, cancellationToken).ConfigureAwait(false);
            var level = await ShowAsync(connection, "synchronous_commit", cancellationToken).ConfigureAwait(false);
            if (level is not ("on" or "remote_apply"))
            {
                await RunAsync(connection, "SET synchronous_commit=on", cancellationToken).ConfigureAwait(false);
                level = await ShowAsync(connection, "synchronous_commit", cancellationToken).ConfigureAwait(false);
                if (level != "on")
                {
                    throw new InvalidDataException($"The server has synchronous_commit={level} and does not take on: acknowledged writes could be lost.");
                }
            }

            foreach (var setting in (string[])["fsync", "full_page_writes"])
            {
                if (await ShowAsync(connection, setting, cancellationToken).ConfigureAwait(false) != "on")
                {
                    throw new InvalidDataException($"The server has {setting}=off, with which acknowledged writes can be lost; on is needed.");
                }
            }

            if (await ShowAsync(connection, "transaction_read_only", cancellationToken).ConfigureAwait(false) != "off")
            {
                throw new NpgsqlException("The server takes no writes: it is a standby, or read-only.");
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes a read connection out of the pool; disposing of it puts it back.</summary>
    public ValueTask<NpgsqlConnection> OpenReaderAsync(CancellationToken cancellationToken) => _reading.OpenConnectionAsync(cancellationToken);

    /// <summary>Forgets the read connections that are not in use: after one broke, the others most likely did too.</summary>
    public void ClearReaders() => _reading.Clear();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _reading.DisposeAsync().ConfigureAwait(false);
        await _writing.DisposeAsync().ConfigureAwait(false);
    }

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings)
    {
        var several = settings.Host?.Contains(',', StringComparison.Ordinal) == true;
        settings.TargetSessionAttributes = null;
        settings.Multiplexing = false;
        settings.Enlist = false;
        settings.MaxAutoPrepare = 40;
        settings.AutoPrepareMinUsages = 2;

        // Details hold data; and nobody asks a connection for its password.
        settings.IncludeErrorDetail = false;
        settings.PersistSecurityInfo = false;
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        if (settings.Pooling)
        {
            builder.UsePhysicalConnectionInitializer(
                connection => throw new NotSupportedException("Connections are opened asynchronously."), InitializeReaderAsync);
        }

        return several ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary) : builder.Build();
    }

    private static async Task InitializeReaderAsync(NpgsqlConnection connection)
    {
        await RunAsync(connection, Limits + Isolation + Plans, CancellationToken.None).ConfigureAwait(false);

        // What is read must be what was committed last, never a lagging copy.
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = "SELECT pg_is_in_recovery()";
            if (await command.ExecuteScalarAsync().ConfigureAwait(false) is true)
            {
                throw new NpgsqlException("The server is a standby.");
            }
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<string> ShowAsync(NpgsqlConnection connection, string setting, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = $"SHOW {setting}";
            return (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) ?? string.Empty);
        }
    }
}
