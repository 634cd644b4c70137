using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Hub.Hosting;

/// <summary>The settings of a running hub: one writer of <c>hub.json</c>, and the names the hub answers to.</summary>
internal sealed class HubSettingsKeeper(string folder, HubSettings settings, KeyProtector protector) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private HubSettings _current = settings;

    /// <summary>Gets the settings as they were written last.</summary>
    public HubSettings Current => Volatile.Read(ref _current);

    /// <summary>Gets the host name.</summary>
    public string HostName => Current.Definition.HostName;

    /// <summary>Tells whether a name is the hub's host name or one of its aliases.</summary>
    public bool Answers(string hostName)
    {
        var definition = Current.Definition;
        return hostName.Equals(definition.HostName, StringComparison.OrdinalIgnoreCase)
            || definition.Aliases.Contains(hostName, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Tells whether a token's scope covers a path of this hub, under any of its names.</summary>
    public bool Covers(SasToken token, string path)
    {
        var definition = Current.Definition;
        if (token.Covers(definition.HostName, path))
        {
            return true;
        }

        foreach (var alias in definition.Aliases)
        {
            if (token.Covers(alias, path))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Changes the settings; durable when the task ends.</summary>
    public async Task ChangeAsync(Func<HubSettings, HubSettings> change, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var changed = change(_current);
            await Task.Run(() => HubSettingsFile.Write(folder, changed, protector), CancellationToken.None);
            Volatile.Write(ref _current, changed);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();
}
