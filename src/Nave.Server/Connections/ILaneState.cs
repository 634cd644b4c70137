namespace Nave.Server.Connections;

/// <summary>What a protocol keeps for each lane.</summary>
internal interface ILaneState
{
    /// <summary>Called about once a second.</summary>
    void OnTick();

    /// <summary>Waits until what was taken from peers of this lane has been acknowledged.</summary>
    Task WhenIdleAsync();

    /// <summary>Gives back what the lane holds; its connections are closed.</summary>
    void Close();
}
