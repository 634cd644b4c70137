using Nave.Api;

namespace Nave.Hub.Twins;

/// <summary>Hears of twins that have changed, after the change is durable. It must not wait: it is called on the way of every change.</summary>
internal interface ITwinObserver
{
    /// <summary>A twin was created or changed, not by a configuration.</summary>
    void Changed(IdentityId id, TwinAspects aspects);
}
