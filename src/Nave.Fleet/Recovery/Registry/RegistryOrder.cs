using System.Runtime.CompilerServices;
using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>The order in which registries are merged: by device id, a device before its modules, ordinal. Ids are ASCII, so it is the store's.</summary>
internal static class RegistryOrder
{
    /// <summary>Gets the identity of a line.</summary>
    /// <exception cref="InvalidDataException">It has no device id.</exception>
    public static IdentityId IdOf(ExportImportDevice line) => new(
        string.IsNullOrEmpty(line.Id) ? throw new InvalidDataException("A line of the registry has no id.") : line.Id,
        string.IsNullOrEmpty(line.ModuleId) ? null : line.ModuleId);

    /// <summary>Compares two identities.</summary>
    public static int Compare(IdentityId left, IdentityId right)
    {
        var devices = string.CompareOrdinal(left.DeviceId, right.DeviceId);
        return devices != 0 ? devices : string.CompareOrdinal(left.ModuleId ?? string.Empty, right.ModuleId ?? string.Empty);
    }

    /// <summary>Merges two sorted registries, in constant memory.</summary>
    /// <exception cref="InvalidDataException">A side is not in order, or has an identity twice.</exception>
    public static async IAsyncEnumerable<RegistryPair> MergeAsync(
        IAsyncEnumerable<ExportImportDevice> left, IAsyncEnumerable<ExportImportDevice> right, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var lefts = new Side(left, cancellationToken);
        await using var rights = new Side(right, cancellationToken);
        await lefts.NextAsync().ConfigureAwait(false);
        await rights.NextAsync().ConfigureAwait(false);
        while (lefts.Line is not null || rights.Line is not null)
        {
            var order = lefts.Line is null ? 1 : rights.Line is null ? -1 : Compare(lefts.Id, rights.Id);
            yield return new RegistryPair(order <= 0 ? lefts.Id : rights.Id, order <= 0 ? lefts.Line : null, order >= 0 ? rights.Line : null);
            if (order <= 0)
            {
                await lefts.NextAsync().ConfigureAwait(false);
            }

            if (order >= 0)
            {
                await rights.NextAsync().ConfigureAwait(false);
            }
        }
    }

    private sealed class Side(IAsyncEnumerable<ExportImportDevice> lines, CancellationToken cancellationToken) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<ExportImportDevice> _lines = lines.GetAsyncEnumerator(cancellationToken);

        public ExportImportDevice? Line { get; private set; }

        public IdentityId Id { get; private set; }

        public async ValueTask NextAsync()
        {
            if (!await _lines.MoveNextAsync().ConfigureAwait(false))
            {
                Line = null;
                return;
            }

            var (before, isFirst) = (Id, Line is null);
            Line = _lines.Current;
            Id = IdOf(Line);
            if (!isFirst && Compare(before, Id) >= 0)
            {
                throw new InvalidDataException($"The registry is not in order: '{Id}' came after '{before}'.");
            }
        }

        public ValueTask DisposeAsync() => _lines.DisposeAsync();
    }
}
