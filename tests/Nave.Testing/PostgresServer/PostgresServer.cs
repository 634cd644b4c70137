using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Nave.Testing;

/// <summary>
/// A real PostgreSQL server of its own in a temporary folder, reached by a Unix socket there (no port is taken), with fsync on. It stops and its folder
/// goes when it is disposed of, and also when this process dies. PostgreSQL refuses to run as root: then it runs as the user <c>postgres</c>.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _programs;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _databases;

    private PostgresServer(Process process, string programs, string folder)
    {
        _process = process;
        _programs = programs;
        Folder = folder;
    }

    /// <summary>Gets the folder of the socket: the <c>Host</c> of a connection string.</summary>
    public string Folder { get; }

    /// <summary>Makes a server and starts it: about two seconds.</summary>
    /// <param name="settings">Settings such as <c>max_connections=200</c>.</param>
    /// <exception cref="InvalidOperationException">PostgreSQL is not installed, or does not start; its own words are in the message.</exception>
    public static async Task<PostgresServer> StartAsync(params IReadOnlyList<string> settings)
    {
        var programs = FindPrograms();
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            FileName = Environment.IsPrivilegedProcess ? "setpriv" : "sh",
        };
        if (Environment.IsPrivilegedProcess)
        {
            foreach (var argument in (string[])["--reuid=postgres", "--regid=postgres", "--init-groups", "--reset-env", "sh"])
            {
                start.ArgumentList.Add(argument);
            }
        }

        // The user postgres need not see this checkout: the script goes as an argument.
        foreach (var argument in (string[])["-c", Script(), "nave-postgres", programs, "-c", "listen_addresses=", "-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "recovery_init_sync_method=syncfs"])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var setting in settings)
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(setting);
        }

        Process process;
        try
        {
            process = Process.Start(start)!; // No shell is used, so there is a process.
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"'{start.FileName}' cannot be started: {e.Message}", e);
        }

        var errors = process.StandardError.ReadToEndAsync();
        var folder = await process.StandardOutput.ReadLineAsync().WaitAsync(s_startTimeout);
        return folder is not null
            ? new PostgresServer(process, programs, folder)
            : throw new InvalidOperationException($"PostgreSQL of {programs} does not start: {await errors}");
    }

    /// <summary>Makes an empty database.</summary>
    /// <returns>A connection string for Npgsql.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        var start = new ProcessStartInfo($"{_programs}/createdb", ["-h", Folder, "-U", "nave", name]) { RedirectStandardError = true };
        using var process = Process.Start(start)!; // No shell is used, so there is a process.
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(s_startTimeout);
        return process.ExitCode == 0
            ? $"Host={Folder};Username=nave;Database={name}"
            : throw new InvalidOperationException($"The database {name} cannot be made: {await errors}");
    }

    /// <summary>Ends the server as a crash does: connections break, and what was not committed is gone.</summary>
    public Task CrashAsync() => TellAsync("down");

    /// <summary>Starts it again after a crash; it is ready when this returns.</summary>
    public Task RestartAsync() => TellAsync("up");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(s_stopTimeout);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _turn.Dispose();
    }

    // The newest version of Debian's folders, or else what the path leads to.
    private static string FindPrograms()
    {
        const string Versions = "/usr/lib/postgresql";
        var folders = Directory.Exists(Versions) ? Directory.GetDirectories(Versions) : [];
        var candidates = folders
            .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(folder => Path.Combine(folder, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries));
        return candidates.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")))
            ?? throw new InvalidOperationException($"PostgreSQL is not installed: no initdb in {Versions}/*/bin or on the PATH. './test' installs it; by hand: apt-get install postgresql.");
    }

    private static string Script()
    {
        using var reader = new StreamReader(
            typeof(PostgresServer).Assembly.GetManifestResourceStream("Nave.Testing.PostgresServer.postgres.sh")
            ?? throw new InvalidOperationException("The script postgres.sh is not in the assembly."));
        return reader.ReadToEnd();
    }

    private async Task TellAsync(string word)
    {
        await _turn.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(word);
            await _process.StandardInput.FlushAsync();
            var answer = await _process.StandardOutput.ReadLineAsync().WaitAsync(s_startTimeout);
            if (answer != word)
            {
                throw new InvalidOperationException($"PostgreSQL did not go {word}; it ended.");
            }
        }
        finally
        {
            _turn.Release();
        }
    }
}
