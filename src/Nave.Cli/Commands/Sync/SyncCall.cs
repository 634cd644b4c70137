using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Cli.Output;
using Nave.Client;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.Runs;
using Nave.Fleet.Sync.State;

namespace Nave.Cli.Commands;

/// <summary>One run of a command of <c>nave sync</c>: its line, its configuration, and what that leads to, opened when it is first used.</summary>
internal sealed class SyncCall(ParseResult parsed, OutputFormat format, SyncConfiguration configuration) : IAsyncDisposable
{
    private ServiceClient? _service;
    private IDeviceProvider? _provider;
    private SyncStore? _store;

    public OutputFormat Format { get; } = format;

    public SyncConfiguration Configuration { get; } = configuration;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>Opens the sync's store.</summary>
    /// <exception cref="SyncStoreBusyException">Another process has it open.</exception>
    public async Task<SyncStore> OpenStoreAsync(CancellationToken cancellationToken) =>
        _store ??= await SyncStore.OpenAsync(Configuration, TimeProvider.System, NullLogger.Instance, cancellationToken);

    /// <summary>Makes what plans and applies.</summary>
    /// <param name="needsStore">Whether it has to have the store; a plan may do without.</param>
    /// <param name="cancellationToken">Ends the opening of the store.</param>
    public async Task<SyncRunner> CreateRunnerAsync(bool needsStore, CancellationToken cancellationToken)
    {
        var store = needsStore || Configuration.Master != SyncMaster.External ? await OpenStoreAsync(cancellationToken) : null;
        _service ??= Configuration.Hub.CreateService(TimeProvider.System);
        _provider ??= Configuration.CreateProvider(new ProviderContext(TimeProvider.System, NullLoggerFactory.Instance)
        {
            BaseFolder = Configuration.BaseFolder, SyncName = Configuration.Name,
        });
        return new SyncRunner(Configuration, _service, _provider, store, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _service?.Dispose();
        if (_provider is not null)
        {
            await _provider.DisposeAsync();
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
        }
    }
}
