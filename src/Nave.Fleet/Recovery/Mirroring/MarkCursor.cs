using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>Walks the marks of a mirror beside a walk over registries in the same order.</summary>
internal sealed class MarkCursor(IAsyncEnumerable<(IdentityId Id, RegistryMarks Marks)> marks, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<(IdentityId Id, RegistryMarks Marks)> _marks = marks.GetAsyncEnumerator(cancellationToken);
    private bool _isStarted;
    private bool _isAtEnd;

    /// <summary>Finds the marks of an identity.</summary>
    /// <param name="id">The identity; later ones in order only.</param>
    /// <param name="passed">Told of the identities with marks that come before it and were not asked for.</param>
    public async ValueTask<RegistryMarks?> FindAsync(IdentityId id, Action<IdentityId> passed)
    {
        await StartAsync().ConfigureAwait(false);
        while (!_isAtEnd && RegistryOrder.Compare(_marks.Current.Id, id) < 0)
        {
            passed(_marks.Current.Id);
            await NextAsync().ConfigureAwait(false);
        }

        if (_isAtEnd || RegistryOrder.Compare(_marks.Current.Id, id) != 0)
        {
            return null;
        }

        var found = _marks.Current.Marks;
        await NextAsync().ConfigureAwait(false);
        return found;
    }

    /// <summary>Passes the rest.</summary>
    public async ValueTask FinishAsync(Action<IdentityId> passed)
    {
        await StartAsync().ConfigureAwait(false);
        while (!_isAtEnd)
        {
            passed(_marks.Current.Id);
            await NextAsync().ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => _marks.DisposeAsync();

    private async ValueTask StartAsync()
    {
        if (!_isStarted)
        {
            _isStarted = true;
            await NextAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask NextAsync() => _isAtEnd = !await _marks.MoveNextAsync().ConfigureAwait(false);
}
