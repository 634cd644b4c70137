using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Webhooks;

/// <summary>
/// The webhooks of a hub: who is told, as Azure Event Grid tells, of devices that come and go (facts: Event Grid). Each has its own
/// place in the event stream, so a slow one delays only itself, and a restart goes on where each was. Thread-safe.
/// </summary>
public sealed partial class HubWebhooks : IAsyncDisposable
{
    /// <summary>The most webhooks of a hub: each reads the stream for itself.</summary>
    public const int MaxHooks = 20;

    /// <summary>The path below which validation URLs are.</summary>
    public const string ValidationPath = "nave/webhooks";

    // Event Grid's.
    private static readonly TimeSpan s_validationTime = TimeSpan.FromMinutes(10);

    private readonly WebhookParts _parts;
    private readonly WebhookStore _store;
    private readonly WebhookSender _sender;
    private readonly ConcurrentDictionary<string, Hook> _hooks = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changing = new(1, 1);
    private bool _disposed;

    private HubWebhooks(WebhookParts parts)
    {
        _parts = parts;
        _store = new WebhookStore(parts.Store, parts.Protector, parts.HubName);
        _sender = new WebhookSender(parts.Time);
    }

    /// <summary>Returns all webhooks, by name.</summary>
    public async ValueTask<IReadOnlyList<WebhookStatus>> ListAsync(CancellationToken cancellationToken)
    {
        var list = new List<WebhookStatus>();
        foreach (var hook in _hooks.Values.OrderBy(static hook => hook.Record.Definition.Name, StringComparer.Ordinal))
        {
            list.Add(await StatusAsync(hook, cancellationToken).ConfigureAwait(false));
        }

        return list;
    }

    /// <summary>Finds a webhook.</summary>
    /// <returns>It, or 404000.</returns>
    public async ValueTask<HubResult<WebhookStatus>> FindAsync(string name, CancellationToken cancellationToken) =>
        _hooks.TryGetValue(name, out var hook) ? await StatusAsync(hook, cancellationToken).ConfigureAwait(false) : NotFound(name);

    /// <summary>Adds a webhook, or replaces one of that name, and asks it whether it wants events. Events go to it from now on, or from where the one of that name was.</summary>
    /// <param name="definition">The webhook.</param>
    /// <param name="host">The host name, with a port unless it is 443, at which the hub is reached: where a validation URL leads.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>
    /// It: active if it said yes, else awaiting validation, with the problem; or 400004 (the definition), 403002 (there are 20). A CloudEvents webhook
    /// that says no is 400004 too: it has no other way to say yes.
    /// </returns>
    /// <exception cref="StorageUnavailableException">The store takes no writes.</exception>
    public async ValueTask<HubResult<WebhookStatus>> AddAsync(WebhookDefinition definition, string host, CancellationToken cancellationToken)
    {
        if (definition.FindProblem() is { } problem)
        {
            return new HubError(HubErrorCode.ArgumentInvalid, problem);
        }

        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var name = definition.Name;
            if (!_hooks.ContainsKey(name) && _hooks.Count >= MaxHooks)
            {
                return new HubError(HubErrorCode.IotHubQuotaExceeded, $"The hub has {_hooks.Count} webhooks; no more are permitted.");
            }

            var now = _parts.Time.GetUtcNow();
            var record = new WebhookRecord
            {
                Definition = definition,
                State = WebhookState.AwaitingValidation,
                Created = now,
                ValidationToken = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
                ValidationEnds = now + s_validationTime,
            };
            var replaced = _hooks.TryGetValue(name, out var old) ? old : null;
            if (replaced is null)
            {
                await _store.RemoveLeftoversAsync(name, cancellationToken).ConfigureAwait(false);
            }

            var answer = await AskAsync(record, host, cancellationToken).ConfigureAwait(false);
            if (answer.Problem is not null && definition.Schema == WebhookSchema.CloudEvents)
            {
                return new HubError(HubErrorCode.ArgumentInvalid, $"The webhook did not permit events. {answer.Problem}");
            }

            if (replaced is not null)
            {
                await replaced.StopAsync().ConfigureAwait(false);
            }

            record = answer.Problem is null ? Activated(record) : record;
            var transaction = new StateTransaction();
            _store.Put(transaction, record);
            if (replaced is null)
            {
                WebhookStore.PutPositions(
                    transaction, name, [.. Enumerable.Range(0, _parts.Events.PartitionCount).Select(partition => _parts.Events.GetState(partition).NextSequence)]);
            }

            await _parts.Store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
            var hook = new Hook(record) { Problem = answer.Problem };
            _hooks[name] = hook;
            await StartAsync(hook, CancellationToken.None).ConfigureAwait(false);
            Log.Added(_parts.Logger, name, definition.ShownUrl, record.State);
            return await StatusAsync(hook, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Removes a webhook with what waits for it and what was given up.</summary>
    /// <returns>True, or 404000.</returns>
    /// <exception cref="StorageUnavailableException">The store takes no writes.</exception>
    public async ValueTask<HubResult<bool>> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_hooks.TryGetValue(name, out var hook))
            {
                return NotFound(name);
            }

            await hook.StopAsync().ConfigureAwait(false);
            await _store.RemoveAsync(name).ConfigureAwait(false);
            _hooks.TryRemove(name, out _);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Asks a webhook again whether it wants events; one that awaits validation and says yes gets them from then on.</summary>
    /// <returns>What it answered, or 404000.</returns>
    public async ValueTask<HubResult<WebhookAnswer>> TestAsync(string name, string host, CancellationToken cancellationToken)
    {
        if (!_hooks.TryGetValue(name, out var hook))
        {
            return NotFound(name);
        }

        var answer = await AskAsync(hook.Record, host, cancellationToken).ConfigureAwait(false);
        if (answer.Problem is null)
        {
            await ActivateAsync(name, static _ => true, cancellationToken).ConfigureAwait(false);
        }

        return answer;
    }

    /// <summary>Takes the yes of somebody who opens a validation URL.</summary>
    /// <returns>True; or 404000, if the URL is not one that was sent, or its ten minutes are over.</returns>
    public async ValueTask<HubResult<bool>> ValidateAsync(string name, string token, CancellationToken cancellationToken)
    {
        var now = _parts.Time.GetUtcNow();
        return await ActivateAsync(
            name,
            record => record.ValidationToken is { } expected && record.ValidationEnds > now
                && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(expected)),
            cancellationToken).ConfigureAwait(false)
            ? true
            : new HubError(HubErrorCode.GenericNotFound, "No webhook awaits validation by this URL; it is good for ten minutes.");
    }

    /// <summary>Reads events that were given up, oldest first.</summary>
    /// <param name="name">The webhook.</param>
    /// <param name="limit">The most to read.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>Them, or 404000.</returns>
    public async ValueTask<HubResult<IReadOnlyList<DeadLetter>>> ReadDeadAsync(string name, int limit, CancellationToken cancellationToken)
    {
        if (!_hooks.ContainsKey(name))
        {
            return NotFound(name);
        }

        var letters = new List<DeadLetter>();
        await foreach (var letter in _store.ReadDeadAsync(name, limit, cancellationToken).ConfigureAwait(false))
        {
            letters.Add(letter);
        }

        return letters;
    }

    /// <summary>Removes an event that was given up, or tries it again, with 30 attempts and 24 h before it.</summary>
    /// <param name="name">The webhook.</param>
    /// <param name="id">The dead letter.</param>
    /// <param name="again">Whether it is tried again.</param>
    /// <param name="cancellationToken">Ends the wait before it takes effect.</param>
    /// <returns>True, or 404000.</returns>
    /// <exception cref="StorageUnavailableException">The store takes no writes.</exception>
    public async ValueTask<HubResult<bool>> SettleDeadAsync(string name, string id, bool again, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_hooks.TryGetValue(name, out var hook))
            {
                return NotFound(name);
            }

            if (await _store.FindDeadAsync(name, id, cancellationToken).ConfigureAwait(false) is not { } letter)
            {
                return new HubError(HubErrorCode.GenericNotFound, $"The webhook '{name}' has no dead letter '{id}'.");
            }

            var now = _parts.Time.GetUtcNow();
            var transaction = new StateTransaction();
            WebhookStore.DeleteDead(transaction, name, id);
            var pending = new PendingDelivery
            {
                Id = id[(id.IndexOf('-', StringComparison.Ordinal) + 1)..],
                Type = letter.EventType,
                Subject = letter.Subject,
                Time = letter.EventTime,
                Body = Encoding.UTF8.GetBytes(letter.Event.GetRawText()),
                Begun = now,
                Next = now,
            };
            if (again)
            {
                WebhookStore.PutPending(transaction, name, pending);
            }

            await _parts.Store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
            if (again)
            {
                hook.Worker?.Add(pending);
            }

            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_disposed)
            {
                _disposed = true;
                await Task.WhenAll(_hooks.Values.Select(static hook => hook.StopAsync())).ConfigureAwait(false);
                _sender.Dispose();
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Reads the webhooks, and goes on where each was.</summary>
    /// <exception cref="InvalidDataException">One does not open with the data folder's key.</exception>
    internal static async Task<HubWebhooks> OpenAsync(WebhookParts parts, CancellationToken cancellationToken)
    {
        var hooks = new HubWebhooks(parts);
        try
        {
            await foreach (var record in hooks._store.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                hooks._hooks[record.Definition.Name] = new Hook(record);
            }

            foreach (var hook in hooks._hooks.Values)
            {
                await hooks.StartAsync(hook, cancellationToken).ConfigureAwait(false);
            }

            return hooks;
        }
        catch
        {
            await hooks.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static HubError NotFound(string name) => new(HubErrorCode.GenericNotFound, $"The hub has no webhook '{name}'.");

    private static WebhookRecord Activated(WebhookRecord record) => record with { State = WebhookState.Active, ValidationToken = null };

    private static string CamelCase<T>(T value)
        where T : struct, Enum
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private Task<WebhookAnswer> AskAsync(WebhookRecord record, string host, CancellationToken cancellationToken) => _sender.AskAsync(
        record.Definition,
        host.Split(':')[0],
        code => _parts.Writer.WriteValidation(
            code, $"https://{host}/{ValidationPath}/{record.Definition.Name}/validate?token={record.ValidationToken ?? "used"}", _parts.Time.GetUtcNow()),
        cancellationToken);

    private async ValueTask<bool> ActivateAsync(string name, Func<WebhookRecord, bool> isPermitted, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_disposed || !_hooks.TryGetValue(name, out var hook) || hook.Record.State != WebhookState.AwaitingValidation || !isPermitted(hook.Record))
            {
                return false;
            }

            var active = new Hook(Activated(hook.Record));
            var transaction = new StateTransaction();
            _store.Put(transaction, active.Record);
            await _parts.Store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
            _hooks[name] = active;
            await StartAsync(active, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    private async ValueTask StartAsync(Hook hook, CancellationToken cancellationToken)
    {
        if (hook.Record.State == WebhookState.Active)
        {
            hook.Worker = await WebhookWorker.StartAsync(hook.Record.Definition, _parts, _store, _sender, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<WebhookStatus> StatusAsync(Hook hook, CancellationToken cancellationToken)
    {
        var definition = hook.Record.Definition;
        return new WebhookStatus
        {
            Name = definition.Name,
            Url = definition.ShownUrl,
            Schema = CamelCase(definition.Schema),
            Events = [.. Enum.GetValues<WebhookEvents>().Where(kind => int.IsPow2((int)kind) && definition.Events.HasFlag(kind)).Select(static kind => kind.ToString())],
            State = CamelCase(hook.Record.State),
            Header = definition.HeaderName,
            Pending = hook.Worker?.Pending ?? 0,
            Dead = await _store.CountDeadAsync(definition.Name, cancellationToken).ConfigureAwait(false),
            LastDelivered = hook.Worker?.LastDelivered,
            LastProblem = hook.Worker?.LastProblem ?? hook.Problem,
        };
    }

    private sealed class Hook(WebhookRecord record)
    {
        public WebhookRecord Record { get; } = record;

        public string? Problem { get; init; }

        public WebhookWorker? Worker { get; set; }

        public Task StopAsync() => Worker?.DisposeAsync().AsTask() ?? Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Webhook {Name} at {Url} is {State}.")]
        public static partial void Added(ILogger logger, string name, string url, WebhookState state);
    }
}
