using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>Asks the process that serves.</summary>
internal sealed class RemoteSyncControl : ISyncControl
{
    private readonly HttpClient _http;

    private RemoteSyncControl(string socketPath)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://localhost") };
    }

    /// <summary>Finds the process that serves a store.</summary>
    /// <returns><see langword="null"/> if none does.</returns>
    public static async Task<RemoteSyncControl?> FindAsync(string storeFolder, CancellationToken cancellationToken)
    {
        var path = ControlSocket.PathOf(storeFolder);
        if (!File.Exists(path))
        {
            return null;
        }

        var control = new RemoteSyncControl(path);
        try
        {
            await control.GetStatusAsync(cancellationToken).ConfigureAwait(false);
            return control;
        }
        catch (HttpRequestException)
        {
            // What a killed process left.
            await control.DisposeAsync().ConfigureAwait(false);
            return null;
        }
    }

    /// <inheritdoc/>
    public Task<SyncStatus> GetStatusAsync(CancellationToken cancellationToken) => GetAsync("status", SyncHostJson.Default.SyncStatus, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SyncRun>> GetRunsAsync(int top, CancellationToken cancellationToken) =>
        GetAsync(string.Create(CultureInfo.InvariantCulture, $"runs?top={top}"), SyncHostJson.Default.IReadOnlyListSyncRun, cancellationToken);

    /// <inheritdoc/>
    public async Task<SyncRun?> GetRunAsync(string id, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(new Uri($"runs/{Uri.EscapeDataString(id)}", UriKind.Relative), cancellationToken).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync(SyncHostJson.Default.SyncRun, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SyncDeadLetter>> GetDeadAsync(CancellationToken cancellationToken) =>
        GetAsync("dead", SyncHostJson.Default.IReadOnlyListSyncDeadLetter, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> RetryDeadAsync(DeadSelection selection, CancellationToken cancellationToken) =>
        PostAsync("dead/retry", selection, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> DiscardDeadAsync(DeadSelection selection, CancellationToken cancellationToken) =>
        PostAsync("dead/discard", selection, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        Known(await _http.GetFromJsonAsync(path, type, cancellationToken).ConfigureAwait(false));

    private async Task<IReadOnlyList<string>> PostAsync(string path, DeadSelection selection, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsJsonAsync(path, selection, SyncHostJson.Default.DeadSelection, cancellationToken).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        return Known(await answer.Content.ReadFromJsonAsync(SyncHostJson.Default.IReadOnlyListString, cancellationToken).ConfigureAwait(false));
    }

    private static T Known<T>(T? answer) => answer ?? throw new JsonException("The serving process answered nothing.");
}
