using Nave.Client;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Running;

/// <summary>Sees to it that a full read of the hub was made where one is needed, by one instance; the others wait for it.</summary>
internal sealed class Bootstrap(ReplicationContext context)
{
    private string? _token;
    private DateTimeOffset _renewed;

    /// <summary>Returns when the partitions can be read from their checkpoints.</summary>
    /// <returns>How many twins this instance read; <see langword="null"/> if it did not have to.</returns>
    public async Task<long?> EnsureAsync(IReadOnlyList<string> partitionIds, CancellationToken cancellationToken)
    {
        while (true)
        {
            var partitions = new List<PartitionProperties>();
            foreach (var id in partitionIds)
            {
                partitions.Add(await context.RetryAsync(token => context.Events.GetPartitionPropertiesAsync(id, token), cancellationToken).ConfigureAwait(false));
            }

            var records = await context.RetryAsync(token => context.Sink.ReadControlAsync(context.Options.Scope, token), cancellationToken).ConfigureAwait(false);
            var prefix = context.KeyOf("partition", string.Empty);
            var checkpoints = records.Where(record => record.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(record => record.Key[prefix.Length..], record => RecordJson.Read(record.Value, RecordJson.Default.PartitionRecord));
            var found = records.FirstOrDefault(record => record.Key == context.BootstrapKey);
            var last = found is null ? null : RecordJson.Read(found.Value, RecordJson.Default.BootstrapRecord);
            if (FullRead.ReasonFor(partitions, checkpoints, last) is not { } reason)
            {
                return null;
            }

            var now = context.Time.GetUtcNow();
            var isFree = last?.Owner is null || last.Owner == context.Options.Instance || last.Expires <= now;
            if (isFree && await TakeAsync(last ?? new BootstrapRecord(), found?.Token, cancellationToken).ConfigureAwait(false))
            {
                return await ReadAsync(last ?? new BootstrapRecord(), reason, cancellationToken).ConfigureAwait(false);
            }

            await Task.Delay(context.Options.LeaseDuration / 10, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<long> ReadAsync(BootstrapRecord last, string reason, CancellationToken cancellationToken)
    {
        var documents = await new FullRead(context).RunAsync(reason, token => RenewAsync(last, token), cancellationToken).ConfigureAwait(false);
        var done = last with { Owner = null, Finished = context.Time.GetUtcNow(), Documents = documents };
        return await WriteAsync(done, cancellationToken).ConfigureAwait(false) ? documents : throw Lost();
    }

    private async Task<bool> TakeAsync(BootstrapRecord last, string? token, CancellationToken cancellationToken)
    {
        _token = token;
        return await WriteAsync(Mine(last), cancellationToken).ConfigureAwait(false);
    }

    private async Task RenewAsync(BootstrapRecord last, CancellationToken cancellationToken)
    {
        if (context.Time.GetUtcNow() - _renewed >= context.Options.LeaseDuration / 3 && !await WriteAsync(Mine(last), cancellationToken).ConfigureAwait(false))
        {
            throw Lost();
        }
    }

    private BootstrapRecord Mine(BootstrapRecord last) => last with
    {
        Owner = context.Options.Instance, Expires = context.Time.GetUtcNow() + context.Options.LeaseDuration,
    };

    private async Task<bool> WriteAsync(BootstrapRecord record, CancellationToken cancellationToken)
    {
        var write = new ControlWrite(context.BootstrapKey, RecordJson.Write(record, RecordJson.Default.BootstrapRecord), _token);
        var outcome = await context.Sink.WriteAsync(new SinkWrite { Control = write }, cancellationToken).ConfigureAwait(false);
        _token = outcome.ControlToken;
        _renewed = context.Time.GetUtcNow();
        return outcome.IsWritten;
    }

    private SinkUnavailableException Lost() => new("Another instance has begun to read all twins; this one was too slow.");
}
