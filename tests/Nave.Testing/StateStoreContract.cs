using System.Text;
using Nave.Storage;
using Xunit;

namespace Nave.Testing;

/// <summary>
/// What every <see cref="IStateStore"/> must do. A class for each engine derives from it and says how a store is opened;
/// the files StateStoreContract.*.cs hold the rules by subject.
/// </summary>
public abstract partial class StateStoreContract : IAsyncLifetime
{
    protected const string Twins = "twins";

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private IStateStore? _store;

    /// <summary>Gets the store under test.</summary>
    protected IStateStore Store => _store ?? throw new InvalidOperationException("The store is not open.");

    /// <summary>Gets a token that ends a test that hangs.</summary>
    protected CancellationToken Deadline => _deadline.Token;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _deadline.CancelAfter(s_deadline);
        _store = await OpenAsync("main");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        _deadline.Dispose();
        await CleanUpAsync();
    }

    /// <summary>Opens the store of this name, empty the first time in a test; later with what it held when it was disposed.</summary>
    protected abstract ValueTask<IStateStore> OpenAsync(string name);

    /// <summary>Removes every store of the test; all are disposed.</summary>
    protected abstract ValueTask CleanUpAsync();

    /// <summary>Closes the store and opens it again.</summary>
    protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        _store = null;
        _store = await OpenAsync("main");
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    protected async Task<StateOutcome> CommitAsync(StateTransaction transaction) => await Store.CommitAsync(transaction, Deadline);

    /// <summary>Puts one document whose body is its key.</summary>
    protected async Task<long> PutAsync(string key, params StateTerm[] terms)
    {
        var outcome = await CommitAsync(new StateTransaction().Put(Twins, key, Bytes(key), terms: terms));
        Assert.True(outcome.Applied);
        return outcome.Version;
    }

    protected async Task<string?> ReadTextAsync(string key, string collection = Twins)
    {
        var document = await Store.ReadAsync(collection, key, Deadline);
        return document is null ? null : Text(document.Body);
    }

    protected async Task<List<string>> ScanKeysAsync(StateScan scan)
    {
        var keys = new List<string>();
        await foreach (var document in Store.ScanAsync(scan, Deadline))
        {
            keys.Add(document.Key);
        }

        return keys;
    }

    /// <summary>Scans, and sees that counting agrees.</summary>
    protected async Task AssertScanAsync(string[] expected, StateScan scan)
    {
        Assert.Equal(expected, await ScanKeysAsync(scan));
        Assert.Equal(expected.Length, await Store.CountAsync(scan, Deadline));
    }
}
